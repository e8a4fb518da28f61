import re

from checks import answer
from prepare import night


def test_contract():
    assert re.fullmatch(r"id=[0-9a-f]{8} gate=\d{1,2}", answer())


def test_answer():
    _, (opening, gate) = night()
    assert answer() == f"id={opening} gate={gate}"
