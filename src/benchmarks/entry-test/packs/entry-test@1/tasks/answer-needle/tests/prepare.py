"""A night's log in which exactly one opening was never closed."""

from trial import draw

NIGHT = 8 * 3600
OPENINGS = 9_000


def night():
    """The log's lines, and the id and gate of the opening that stayed."""
    pick = draw("night")
    ids = pick.sample(range(1 << 32), OPENINGS)
    forgotten = pick.randrange(OPENINGS // 4, OPENINGS // 2)
    entries = []
    for index, number in enumerate(ids):
        # The gate that stayed open was not the first one that would not close.
        start = pick.randrange(900, NIGHT - 900) if index else 0
        gate = pick.randint(1, 60)
        name = f"id={number:08x}"
        entries.append((start, index, f"gate {gate:2} OPEN  {name}"))
        refused = index in (0, forgotten) or pick.random() < 0.02
        if refused:
            entries.append((start + pick.randint(20, 90), index, f"gate {gate:2} CLOSE {name} REFUSED"))
        if index == forgotten:
            answer = (f"{number:08x}", gate)
        else:
            entries.append((start + pick.randint(100, 600), index, f"gate {gate:2} CLOSE {name}"))
    lines = [
        f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02} {text}" for time, _, text in sorted(entries)
    ]
    return lines, answer


if __name__ == "__main__":
    with open("gates.log", "w", encoding="utf-8") as file:
        file.write("\n".join(night()[0]) + "\n")
