"""The process of the emulator: which program it is, its start and its end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tim_emulator import EmulatorError, start_emulator


def test_a_missing_program_is_reported_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("TIM_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    with pytest.raises(EmulatorError, match="tim is neither in .* nor in PATH. Install the wheel of tim-cli"):
        start_emulator()


def test_the_variable_comes_before_the_wheel_and_the_wheel_before_path(monkeypatch, tmp_path):
    wheel, other = tmp_path / "wheel", tmp_path / "other"
    for folder, name in ((wheel, "wheel"), (other, "other")):
        folder.mkdir()
        program = folder / "tim"
        program.write_text(f"#!/bin/sh\necho 'this is the {name}' >&2\nexit 3\n")
        program.chmod(0o755)
    monkeypatch.delenv("TIM_BIN", raising=False)
    monkeypatch.setenv("PATH", str(other), prepend=os.pathsep)
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    with pytest.raises(EmulatorError, match="did not start.* ended with exit code 3: this is the other"):
        start_emulator()
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(wheel))
    with pytest.raises(EmulatorError, match="this is the wheel"):
        start_emulator()
    monkeypatch.setenv("TIM_BIN", str(other / "tim"))
    with pytest.raises(EmulatorError, match="this is the other"):
        start_emulator()


def test_a_tim_bin_that_is_not_a_program_is_reported(monkeypatch, tmp_path):
    monkeypatch.setenv("TIM_BIN", str(tmp_path / "missing"))
    with pytest.raises(EmulatorError, match="cannot run .*missing: No such file.* Set TIM_BIN"):
        start_emulator()


def test_an_invalid_argument_is_reported_with_the_message_of_the_program():
    with pytest.raises(EmulatorError, match="(?s)--bad.* ended with exit code 2: .*unexpected argument"):
        start_emulator("--bad")


def test_a_stopped_emulator_is_reported():
    emulator = start_emulator()
    emulator._process._child.kill()
    emulator._process._child.wait()
    with pytest.raises(EmulatorError, match="GET /_emulator/calls.* failed: .*ended with exit code -9"):
        emulator.calls()
    emulator.stop()
    emulator.stop()


def is_running(process):
    """Whether it runs. A process that has ended can wait for its parent as a zombie."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_emulator_ends_if_its_process_is_killed(end):
    script = (
        "from tim_emulator import start_emulator; import time; emulator = start_emulator();"
        "print(emulator._process._child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    emulator = int(parent.stdout.readline())
    assert is_running(emulator)
    parent.send_signal(end)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while is_running(emulator) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(emulator)
