"""The fixtures of pytest. The wheel registers them, so a test only names them."""

from typing import Iterator

import pytest

from ._emulator import Emulator, start_emulator


@pytest.fixture(scope="session")
def tim_emulator_process() -> Iterator[Emulator]:
    """One emulator for all tests of this process; each worker of pytest-xdist has its own.

    Override it in conftest.py to start an emulator with other arguments.
    """
    with start_emulator() as emulator:
        yield emulator


@pytest.fixture
def tim_emulator(tim_emulator_process: Emulator) -> Emulator:
    """An emulator of Tencent Cloud Chat without users, faults and recorded calls."""
    tim_emulator_process.reset()
    return tim_emulator_process
