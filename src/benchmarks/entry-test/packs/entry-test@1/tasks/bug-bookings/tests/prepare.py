"""A booking program with mistakes that hide each other; the opening hours belong to the trial."""

from trial import draw

RIGHT = '''"""Bookings of reading rooms. Times are minutes since midnight, and a booking ends before its `end`."""

OPENS = {opens}
CLOSES = {closes}


class Room:
    def __init__(self, name, bookings=None):
        """A room with nothing booked, or with the given list of (start, end), which stays the caller's own."""
        self.name = name
        self.bookings = sorted(bookings or [])

    def book(self, start, end):
        """Books and returns True; returns False when it is not within opening hours, is empty, or overlaps a booking.

        A booking may start in the very minute in which another one ends.
        """
        if not OPENS <= start < end <= CLOSES:
            return False
        if any(start < other_end and other_start < end for other_start, other_end in self.bookings):
            return False
        self.bookings.append((start, end))
        self.bookings.sort()
        return True

    def cancel(self, start):
        """Ends the booking that starts then and returns True; False when there is none."""
        kept = [booking for booking in self.bookings if booking[0] != start]
        found = len(kept) < len(self.bookings)
        self.bookings = kept
        return found

    def free(self):
        """The gaps between bookings within opening hours, as (start, end) in order; no gap is empty."""
        gaps = []
        now = OPENS
        for start, end in self.bookings:
            if now < start:
                gaps.append((now, start))
            now = end
        if now < CLOSES:
            gaps.append((now, CLOSES))
        return gaps
'''

MISTAKES = (
    ("def __init__(self, name, bookings=None):", "def __init__(self, name, bookings=[]):"),
    ("self.bookings = sorted(bookings or [])", "self.bookings = bookings"),
    ("start < other_end and other_start < end", "start <= other_end and other_start <= end"),
    ("        if now < CLOSES:\n            gaps.append((now, CLOSES))\n        return gaps", "        return gaps"),
    ("        self.bookings.sort()\n", ""),
)

TEST = """from bookings import CLOSES, OPENS, Room


def test_one_after_another():
    room = Room("Elm", [])
    assert room.book(OPENS, OPENS + 60)
    assert room.book(OPENS + 60, OPENS + 90)
    assert not room.book(OPENS + 30, CLOSES)
"""


def hours():
    pick = draw("hours")
    return {"opens": pick.randrange(420, 600, 15), "closes": pick.randrange(1020, 1290, 15)}


def right_program():
    return RIGHT.format(**hours())


def wrong_program():
    program = right_program()
    for right, wrong in MISTAKES:
        assert right in program
        program = program.replace(right, wrong)
    return program


if __name__ == "__main__":
    with open("bookings.py", "w", encoding="utf-8") as file:
        file.write(wrong_program())
    with open("test_bookings.py", "w", encoding="utf-8") as file:
        file.write(TEST)
