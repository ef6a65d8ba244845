"""Runs the emulator of `tim` for tests.

With pytest, use the fixture `tim_emulator`. Without pytest, use `start_emulator`:

    with start_emulator() as emulator:
        emulator.import_records("user\\nalice\\nbob\\n")
        run_the_backend(emulator.base_url, emulator.secret_key)
        emulator.wait_for_calls(2, command="follow_add")
"""

from ._emulator import Emulator, start_emulator
from ._error import EmulatorError

__all__ = ["Emulator", "EmulatorError", "start_emulator"]
