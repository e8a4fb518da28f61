import json

from checks import as_agent
from prepare import hours, right_program
from trial import draw

OPENS, CLOSES = hours()["opens"], hours()["closes"]

PLAY = """
import json, sys
sys.path.insert(0, "/app")
from bookings import Room
told = []
rooms = {}
for name, method, values in json.load(sys.stdin):
    if method == "open":
        rooms[name] = Room(name, *values)
    elif method == "given":
        given = [tuple(pair) for pair in values]
        rooms[name] = Room(name, given)
        told.append([rooms[name].book(*given[-1]), len(given)])
    else:
        told.append(getattr(rooms[name], method)(*values))
json.dump(told, sys.stdout)
"""


def play(moves):
    """What the agent's program answers to the moves."""
    ended = as_agent(["/usr/bin/python3", "-I", "-c", PLAY], stdin=json.dumps(moves).encode())
    assert ended.status == 0, ended.stderr[-500:]
    return json.loads(ended.stdout)


def expected(moves):
    """What the right program answers."""
    space = {}
    exec(right_program(), space)
    rooms, told = {}, []
    for name, method, values in moves:
        if method == "open":
            rooms[name] = space["Room"](name, *values)
        else:
            told.append(getattr(rooms[name], method)(*values))
    return json.loads(json.dumps(told))


def day(purpose):
    """A busy day in two rooms."""
    pick = draw(purpose)
    moves = [["Elm", "open", []], ["Oak", "open", []]]
    for _ in range(60):
        name = pick.choice(["Elm", "Oak"])
        start = pick.randrange(OPENS - 60, CLOSES, 15)
        moves.append(
            pick.choice(
                [
                    [name, "book", [start, start + pick.choice([0, 15, 30, 60])]],
                    [name, "book", [start, start + pick.choice([15, 30, 60])]],
                    [name, "cancel", [start]],
                    [name, "free", []],
                ]
            )
        )
    return [*moves, ["Elm", "free", []], ["Oak", "free", []]]


def test_busy_days():
    for number in range(8):
        moves = day(f"day {number}")
        assert play(moves) == expected(moves)


def test_one_after_another():
    moves = [["Elm", "open", []], ["Elm", "book", [OPENS, OPENS + 60]], ["Elm", "book", [OPENS + 60, CLOSES]]]
    assert play([*moves, ["Elm", "free", []]]) == [True, True, []]


def test_rooms_share_nothing():
    moves = [["Elm", "open", []], ["Elm", "book", [OPENS, CLOSES]], ["Oak", "open", []], ["Oak", "free", []]]
    assert play(moves) == [True, [[OPENS, CLOSES]]]


def test_the_list_given_stays_the_callers():
    later, sooner = [OPENS + 120, OPENS + 180], [OPENS, OPENS + 60]
    moves = [["Elm", "given", [later, sooner]], ["Elm", "book", [OPENS + 60, OPENS + 90]], ["Elm", "free", []]]
    gaps = [[OPENS + 90, OPENS + 120], [OPENS + 180, CLOSES]]
    assert play(moves) == [[False, 2], True, gaps]
