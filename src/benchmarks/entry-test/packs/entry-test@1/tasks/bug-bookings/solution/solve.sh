#!/bin/bash
cd /app && python3 - <<'PYTHON'
program = open("bookings.py").read()
repairs = (
    ("bookings=[]):", "bookings=None):"),
    ("self.bookings = bookings\n", "self.bookings = sorted(bookings or [])\n"),
    ("start <= other_end and other_start <= end", "start < other_end and other_start < end"),
    ("        self.bookings.append((start, end))\n", "        self.bookings.append((start, end))\n        self.bookings.sort()\n"),
    ("        return gaps", "        if now < CLOSES:\n            gaps.append((now, CLOSES))\n        return gaps"),
)
for wrong, right in repairs:
    assert program.count(wrong) == 1, wrong
    program = program.replace(wrong, right)
open("bookings.py", "w").write(program)
PYTHON
