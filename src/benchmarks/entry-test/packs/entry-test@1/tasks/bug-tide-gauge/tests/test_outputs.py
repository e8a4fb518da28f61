import json

import pytest

from checks import as_agent
from prepare import constants, functions
from trial import draw

CALL = """
import json, sys
sys.path.insert(0, "/app")
import tide
name, series = json.load(sys.stdin)
json.dump([getattr(tide, name)(readings) for readings in series], sys.stdout)
"""


def series():
    pick = draw("readings")
    alarm = constants()["alarm"]
    steady = [[alarm] * 7, [alarm - 1, alarm, alarm + 1], [], [alarm]]
    return steady + [[alarm + pick.randint(-4, 4) for _ in range(pick.randint(1, 30))] for _ in range(40)]


def call(name):
    ended = as_agent(["/usr/bin/python3", "-I", "-c", CALL], stdin=json.dumps([name, series()]).encode())
    assert ended.status == 0, ended.stderr[-500:]
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", ["smooth", "peaks", "alarms"])
def test_readings_nobody_has_seen(name):
    right = functions()[name]
    assert call(name) == [right(readings) for readings in series()]
