"""The emulator of the fixture: settings, calls, faults and reset."""

import os
import subprocess
import threading
import time

import pytest

from tim_emulator import EmulatorError, start_emulator
from tim_emulator._process import find_tim

USERS = "user\nalice\nbob\n"


def test_a_call_is_recorded(tim_emulator, follow):
    assert tim_emulator.import_records(USERS) == 2
    assert follow(tim_emulator)["ResultItem"][0]["ResultCode"] == 0
    [call] = tim_emulator.calls(command="follow_add", user="alice", failed=False)
    assert call["targets"] == ["bob"]
    assert tim_emulator.calls(failed=True) == []


def test_records_are_text_bytes_or_objects(tim_emulator):
    assert tim_emulator.import_records(USERS.encode()) == 2
    assert tim_emulator.import_records([{"account": {"user": "王芳"}}, {"follow": {"from": "王芳", "to": "bob"}}]) == 2
    assert len(tim_emulator.request("GET", "users?prefix=%E7%8E%8B")["users"]) == 1


def test_a_fault_affects_the_next_call(tim_emulator, follow):
    tim_emulator.import_records(USERS)
    fault = tim_emulator.fault(code=30006, command="follow_add", next=1)
    assert [follow(tim_emulator)["ErrorCode"] for _ in range(2)] == [30006, 0]
    assert [call["faults"] for call in tim_emulator.calls()] == [[fault], []]


def test_a_wait_ends_with_the_call(tim_emulator, follow):
    tim_emulator.import_records(USERS)
    thread = threading.Timer(0.3, follow, [tim_emulator])
    thread.start()
    start = time.monotonic()
    [call] = tim_emulator.wait_for_calls(command="follow_add", timeout=30)
    assert call["user"] == "alice" and time.monotonic() - start < 10
    thread.join()


def test_a_wait_that_times_out_names_the_calls_that_did_not_match(tim_emulator, follow):
    follow(tim_emulator)
    with pytest.raises(TimeoutError, match="0 of 2 calls matched.*follow_add"):
        tim_emulator.wait_for_calls(2, command="follow_delete", timeout=0.05)


def test_reset_restores_the_start(tim_emulator, follow):
    tim_emulator.import_records(USERS)
    tim_emulator.fault(code=30006)
    tim_emulator.request("PUT", "rate-limit", {"calls_per_second": 1, "calls_per_day": 1})
    tim_emulator.request("PATCH", "settings", {"follow_feature": False})
    tim_emulator.request("POST", "time", {"offset_s": 1000, "frozen": True})
    tim_emulator.request("POST", "webhooks", {"url": "http://127.0.0.1:9/"})
    tim_emulator.request("PUT", "snapshots/a%2Fb%20c")
    follow(tim_emulator)
    tim_emulator.reset()
    about = tim_emulator.request("GET", "")
    assert (about["faults"], about["recorded_calls"], about["snapshots"]) == (0, 0, [])
    assert (about["rate_limit"], about["calls_per_day"], about["frozen"]) == (None, None, False)
    assert about["totals"]["accounts"] == 1 and abs(about["now"] - time.time()) < 60
    assert tim_emulator.request("GET", "settings")["follow_feature"] is True
    assert tim_emulator.request("GET", "webhooks") == []
    assert follow(tim_emulator)["ErrorCode"] == 30003


def test_reset_keeps_the_limits_of_the_start(call):
    with start_emulator("--calls-per-second", "7", "--window", "sliding", "--admin", "ops") as emulator:
        emulator.request("PUT", "rate-limit", {})
        emulator.reset()
        limits = emulator.request("GET", "rate-limit")
        assert (limits["calls_per_second"], limits["window"], limits["calls_per_day"]) == (7, "sliding", None)
        assert emulator.admin == "ops"
        assert call(emulator, "im_open_login_svc/account_check", {"CheckItem": [{"UserID": "ops"}]})["ErrorCode"] == 0


def test_a_subprocess_gets_the_settings(tim_emulator, monkeypatch):
    for name in ("TIM_REGION", "TIM_PROFILE", "TIM_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    tim_emulator.import_records(USERS)
    command = [find_tim(), "follow", "add", "alice", "bob"]
    subprocess.run(command, env={**os.environ, **tim_emulator.env}, check=True, stdout=subprocess.DEVNULL)
    assert tim_emulator.wait_for_calls(1, command="follow_add")[0]["code"] == 0


def test_other_settings_of_the_environment_do_not_matter(follow, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("TIM_PROFILE", "missing")
    monkeypatch.setenv("TIM_SDKAPPID", "1")
    with start_emulator() as emulator:
        emulator.import_records(USERS)
        assert follow(emulator)["ErrorCode"] == 0


def test_the_key_is_hidden_in_texts(tim_emulator):
    assert len(tim_emulator.secret_key) == 64
    assert tim_emulator.base_url in repr(tim_emulator)
    assert tim_emulator.secret_key not in f"{tim_emulator!r} {tim_emulator}"


def test_an_invalid_request_is_explained(tim_emulator):
    with pytest.raises(EmulatorError, match=r"POST /_emulator/faults failed with status 400: .*kode"):
        tim_emulator.fault(kode=1)
    with pytest.raises(EmulatorError, match="cannot sign a UserSig: "):
        tim_emulator.usersig("")
