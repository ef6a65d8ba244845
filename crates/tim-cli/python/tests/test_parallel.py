"""The fixture in tests that run at the same time."""

import subprocess
import sys

import pytest

# Each test waits until the other one runs, and only then makes its calls.
PARALLEL = """
    import pathlib, time, pytest

    @pytest.mark.parametrize("me, other", [("a", "b"), ("b", "a")])
    def test_one(tim_emulator, me, other):
        folder = pathlib.Path({folder!r})
        tim_emulator.import_records([{{"account": {{"user": me}}}}])
        (folder / me).write_text(tim_emulator.base_url)
        deadline = time.monotonic() + 20
        while not (folder / other).exists():
            assert time.monotonic() < deadline, "the other test does not run"
            time.sleep(0.01)
        tim_emulator.fault(code=30006)
        for _ in range(50):
            tim_emulator.request("POST", "commands/account_check", {{"CheckItem": [{{"UserID": me}}]}})
        accounts = [user["user"] for user in tim_emulator.request("GET", "users")["users"]]
        assert sorted(accounts) == sorted(["administrator", me])
        assert tim_emulator.request("GET", "")["faults"] == 1
        assert tim_emulator.base_url != (folder / other).read_text()
"""


@pytest.fixture
def parallel(pytester):
    """A file with two tests that need each other to run at the same time."""
    pytester.makepyfile(PARALLEL.format(folder=str(pytester.mkdir("shared"))))
    return pytester


def test_workers_of_xdist_have_their_own_emulators(parallel):
    result = parallel.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=2)


def test_processes_have_their_own_emulators(parallel):
    command = [sys.executable, "-m", "pytest", "-q", "-k"]
    runs = [
        subprocess.Popen([*command, name], cwd=parallel.path, stdout=subprocess.PIPE, text=True)
        for name in ("a-b", "b-a")
    ]
    outputs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(outputs)


def test_tests_of_one_process_do_not_see_each_other(pytester):
    pytester.makepyfile(
        """
        def test_first(tim_emulator):
            tim_emulator.import_records("user\\nalice\\n")
            tim_emulator.fault(code=30006)

        def test_second(tim_emulator):
            about = tim_emulator.request("GET", "")
            assert about["totals"]["accounts"] == 1 and about["faults"] == 0

        def test_process(tim_emulator, tim_emulator_process):
            assert tim_emulator is tim_emulator_process
        """
    )
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=3)


def test_conftest_chooses_the_arguments(pytester):
    pytester.makeconftest(
        """
        import pytest
        from tim_emulator import start_emulator

        @pytest.fixture(scope="session")
        def tim_emulator_process():
            with start_emulator("--app-id", "1400000007") as emulator:
                yield emulator
        """
    )
    pytester.makepyfile("def test(tim_emulator): assert tim_emulator.sdkappid == 1400000007")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
