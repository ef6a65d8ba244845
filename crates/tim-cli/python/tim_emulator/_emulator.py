"""A running emulator and its admin API."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

from ._error import EmulatorError
from ._process import Process

# The calls of the admin API respond at once, except the wait for calls.
RESPONSE_SECONDS = 30
RESET_PARTS = ("state", "faults", "calls", "time", "rate_limit", "settings")


def start_emulator(*args: str) -> "Emulator":
    """Starts an emulator on a free port. `args` are further arguments of `tim emulator`."""
    return Emulator(Process(args))


class Emulator:
    """A running emulator: the settings of a client, and the admin API for tests."""

    def __init__(self, process: Process):
        self._process = process
        settings = process.settings
        self.base_url: str = settings["base_url"]
        self.sdkappid: int = settings["sdkappid"]
        # The user id of the app admin, in whose name a backend makes calls.
        self.admin: str = settings["admin"]
        self._secret_key: Optional[str] = settings["secret_key"]
        # A proxy in the environment would not reach this machine.
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._rate_limit = self._start_of_rate_limit()

    def __repr__(self) -> str:
        return f"<Emulator at {self.base_url}>"

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def secret_key(self) -> str:
        """The secret key of the app, which the emulator made."""
        if self._secret_key is None:
            raise EmulatorError("the secret key is in the file of --secret-key-file: read it there")
        return self._secret_key

    @property
    def env(self) -> Dict[str, str]:
        """The settings of a client as environment variables, for example for a subprocess."""
        return {
            "TIM_BASE_URL": self.base_url,
            "TIM_SDKAPPID": str(self.sdkappid),
            "TIM_ADMIN": self.admin,
            "TIM_SECRET_KEY": self.secret_key,
        }

    def usersig(self, user: str, validity: str = "1d") -> str:
        """Signs the UserSig with which a user logs in. `validity` is a number and s, m, h or d."""
        # Other settings of the environment would compete with those of the emulator.
        env = {name: value for name, value in os.environ.items() if not name.startswith("TIM_")}
        command = [self._process.command[0], "usersig", "sign", "--validity", validity, "--", user]
        run = subprocess.run(command, env={**env, **self.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode != 0:
            raise EmulatorError(f"cannot sign a UserSig: {run.stderr.decode(errors='replace').strip()}")
        return run.stdout.decode().strip()

    def reset(self) -> None:
        """Restores what the emulator has at its start: only the accounts of the admins, no faults,
        calls, webhooks and snapshots, the settings and the limits of the start.
        """
        self.request("POST", "reset", dict.fromkeys(RESET_PARTS, True))
        self.request("PUT", "rate-limit", self._rate_limit)
        self.request("DELETE", "webhooks/deliveries")
        for snapshot in self.request("GET", "snapshots"):
            self.request("DELETE", "snapshots/" + urllib.parse.quote(snapshot["name"], safe=""))

    def import_records(self, records: Union[str, bytes, Iterable[Mapping[str, Any]]]) -> int:
        """Adds accounts, follows, friends and blocks: a CSV or NDJSON text, or records such as
        `{"account": {"user": "alice"}}`. Returns the number of lines.
        """
        if not isinstance(records, (str, bytes)):
            records = "".join(json.dumps(record) + "\n" for record in records)
        body = records.encode() if isinstance(records, str) else records
        return self._send("POST", "import", body, RESPONSE_SECONDS)["lines"]

    def fault(self, **fault: Any) -> int:
        """Injects a fault, for example `fault(code=30006, command="follow_add", next=1)`.
        Returns its number.
        """
        return self.request("POST", "faults", fault)["id"]

    def calls(self, **filters: Any) -> List[Dict[str, Any]]:
        """The recorded calls, oldest first. The filters are those of the admin API, such as
        `command`, `user`, `target`, `code` and `failed`.
        """
        return self.request("GET", "calls?" + _query(filters))

    def wait_for_calls(
        self, count: int = 1, *, command: Optional[str] = None, timeout: float = 5.0, **filters: Any
    ) -> List[Dict[str, Any]]:
        """Waits until `count` calls match, and returns them. Calls that are already recorded count
        too. `timeout` is in seconds.

        Raises TimeoutError with the calls that did not match.
        """
        filters.update(command=command, count=count, timeout_ms=round(timeout * 1000))
        try:
            return self._send("GET", "calls/wait?" + _query(filters), None, timeout + RESPONSE_SECONDS)
        except _Status as error:
            if error.status == 408:
                raise TimeoutError(error.reason) from None
            raise

    def request(self, method: str, route: str, body: Any = None) -> Any:
        """Sends a request to the admin API, for example `request("POST", "time", {"frozen": True})`.
        Returns the response.
        """
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, route, data, RESPONSE_SECONDS)

    def stop(self) -> None:
        """Stops the emulator. Does nothing the second time."""
        self._process.stop()

    def _start_of_rate_limit(self) -> Dict[str, Any]:
        limits = self.request("GET", "rate-limit")
        names = ("calls_per_second", "window", "calls_per_day")
        return {name: limits[name] for name in names if limits[name] is not None}

    def _send(self, method: str, route: str, body: Optional[bytes], timeout: float) -> Any:
        what = f"{method} /_emulator/{route}"
        request = urllib.request.Request(f"{self.base_url}/_emulator/{route}", data=body, method=method)
        try:
            with self._http.open(request, timeout=timeout) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise _Status(what, error.code, error.read()) from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise EmulatorError(f"{what} failed: {reason}; the emulator {self._process.state()}") from error
        return json.loads(text) if text else None


class _Status(EmulatorError):
    """A status that is not a success."""

    def __init__(self, what: str, status: int, body: bytes):
        try:
            self.reason = json.loads(body)["error"]
        except (ValueError, KeyError, TypeError):
            self.reason = body.decode(errors="replace")
        self.status = status
        super().__init__(f"{what} failed with status {status}: {self.reason}")


def _query(filters: Mapping[str, Any]) -> str:
    """The filters that are not None, with `true` and `false` as the admin API has them."""
    texts = {True: "true", False: "false"}
    pairs = {
        name: texts[value] if isinstance(value, bool) else value
        for name, value in filters.items()
        if value is not None
    }
    return urllib.parse.urlencode(pairs)
