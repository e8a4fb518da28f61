"""A small program with one wrong line; which one, and its constants, belong to the trial."""

from trial import draw

RIGHT = '''"""Smooths readings of the tide gauge at {place} (whole centimetres)."""

WINDOW = {window}
ALARM = {alarm}


def smooth(readings):
    """The mean of every WINDOW readings in a row, rounded to one decimal; no mean when there are fewer."""
    means = []
    for start in range(len(readings) - WINDOW + 1):
        means.append(round(sum(readings[start:start + WINDOW]) / WINDOW, 1))
    return means


def peaks(readings):
    """Positions of readings higher than both of their neighbours; the first and the last have only one."""
    return [i for i in range(1, len(readings) - 1) if readings[i - 1] < readings[i] > readings[i + 1]]


def alarms(readings):
    """How often the water rose to ALARM or above from below it; it counts as below before the first reading."""
    before = [ALARM - 1] + readings[:-1]
    return sum(1 for was, now in zip(before, readings) if was < ALARM <= now)
'''

WRONG_LINES = (
    ("len(readings) - WINDOW + 1)", "len(readings) - WINDOW)"),
    ("sum(readings[start:start + WINDOW]) / WINDOW", "sum(readings[start:start + WINDOW]) // WINDOW"),
    ("readings[i - 1] < readings[i] > readings[i + 1]", "readings[i - 1] <= readings[i] > readings[i + 1]"),
    ("was < ALARM <= now", "was < ALARM < now"),
)

TEST = """import tide


def test_smooth():
    assert tide.smooth({series}) == {means}


def test_peaks():
    assert tide.peaks([1, 3, 3, 2, 5, 4, 6]) == [4]


def test_alarms():
    alarm = tide.ALARM
    assert tide.alarms([alarm, alarm - 1, alarm, alarm + 5, alarm - 3]) == 2
"""


def constants():
    pick = draw("constants")
    return {
        "place": pick.choice(["Hallow Point", "Grey Sands", "Kestrel Quay", "Saltmouth"]),
        "window": pick.randint(3, 6),
        "alarm": pick.randint(140, 260),
    }


def right_program():
    return RIGHT.format(**constants())


def wrong_program():
    return right_program().replace(*draw("mistake").choice(WRONG_LINES))


def functions():
    """The right functions, to ask what a reading gives."""
    space = {}
    exec(right_program(), space)
    return space


if __name__ == "__main__":
    series = [101, 104, 110, 117, 113, 108, 103, 99, 98]
    with open("tide.py", "w", encoding="utf-8") as file:
        file.write(wrong_program())
    with open("test_tide.py", "w", encoding="utf-8") as file:
        file.write(TEST.format(series=series, means=functions()["smooth"](series)))
