import re

from checks import answer
from prepare import office


def test_contract():
    lines = answer().split("\n")
    assert len(lines) == 3
    assert all(re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+: (T-\d{5}|NOT_FOUND)", line) for line in lines)


def test_answer():
    _, answers = office()
    assert answer().split("\n") == [f"{name}: {told}" for name, told in answers.items()]
