"""What the tests share: a client, and pytest in pytest."""

import json
import random
import urllib.parse
import urllib.request

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def call():
    """Sends a command of the service to an emulator, and returns the response."""

    def send(emulator, path, body):
        query = urllib.parse.urlencode(
            {
                "sdkappid": emulator.sdkappid,
                "identifier": emulator.admin,
                "usersig": emulator.usersig(emulator.admin),
                "random": random.randrange(2**32),
                "contenttype": "json",
            }
        )
        url = f"{emulator.base_url}/v4/{path}?{query}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, data=json.dumps(body).encode(), timeout=10) as response:
            return json.load(response)

    return send


@pytest.fixture
def follow(call):
    """Makes alice follow bob, and returns the response."""
    body = {"From_Account": "alice", "FollowItem": [{"To_Account": "bob"}]}
    return lambda emulator: call(emulator, "follow/follow_add", body)
