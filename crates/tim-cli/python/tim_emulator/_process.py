"""The process `tim emulator`."""

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import threading
from typing import IO, Any, Dict, Sequence

from ._error import EmulatorError

START_SECONDS = 30
STOP_SECONDS = 10


def find_tim() -> str:
    """The path of the program: `TIM_BIN`, that of the wheel, or one in `PATH`."""
    chosen = os.environ.get("TIM_BIN")
    if chosen:
        return chosen
    scripts = sysconfig.get_path("scripts")
    # `pip install --user` has another folder.
    user_scripts = sysconfig.get_path("scripts", f"{os.name}_user")
    found = shutil.which("tim", path=os.pathsep.join([scripts, user_scripts])) or shutil.which("tim")
    if found is None:
        raise EmulatorError(
            f"cannot start the emulator: the program tim is neither in {scripts} nor in PATH. "
            "Install the wheel of tim-cli again, or set TIM_BIN to the path of the program"
        )
    return found


class Process:
    """A running emulator. It ends with this process, also if this process is killed."""

    def __init__(self, args: Sequence[str]):
        self.command = [find_tim(), "emulator", "--quiet", "--until-stdin-closes", *args]
        # A file: nobody reads a pipe, so it could become full.
        self._messages: IO[bytes] = tempfile.TemporaryFile()
        try:
            # In a session of its own: Ctrl-C in the terminal must not end it before the last test.
            self._child = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._messages,
                start_new_session=True,
            )
        except OSError as error:
            self._messages.close()
            raise EmulatorError(
                f"cannot run {self.command[0]}: {error.strerror}. "
                "Set TIM_BIN to the path of the program tim, or unset it to use the one of the wheel"
            ) from error
        try:
            self.settings: Dict[str, Any] = self._read_settings()
        except BaseException:
            self.stop()
            raise

    def _read_settings(self) -> Dict[str, Any]:
        # The program prints them when it is ready. If it hangs, its end also ends the line.
        timer = threading.Timer(START_SECONDS, self._child.kill)
        timer.start()
        try:
            line = self._child.stdout.readline()
        finally:
            timer.cancel()
        try:
            return json.loads(line)
        except ValueError:
            raise EmulatorError(
                f"the emulator did not start: `{' '.join(self.command)}` {self.state()}"
            ) from None

    def state(self) -> str:
        """Whether the process runs, and its messages."""
        try:
            # A process that has closed its output can need a moment to end.
            how = f"ended with exit code {self._child.wait(timeout=0.5)}"
        except subprocess.TimeoutExpired:
            how = "is running"
        self._messages.seek(0)
        messages = self._messages.read().decode(errors="replace").strip()
        return f"{how}: {messages or 'no messages'}"

    def stop(self) -> None:
        """Stops the emulator, and waits for its end. Does nothing the second time."""
        if self._messages.closed:
            return
        self._child.stdin.close()
        try:
            self._child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        self._messages.close()
