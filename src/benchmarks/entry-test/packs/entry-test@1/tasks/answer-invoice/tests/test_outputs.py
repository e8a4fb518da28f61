import re

from checks import answer
from prepare import order, total
from trial import NONCE


def test_contract():
    assert re.fullmatch(r"total_cents=\d+ code=[0-9a-f]{32}", answer())


def test_answer():
    assert answer() == f"total_cents={total(order())} code={NONCE}"
