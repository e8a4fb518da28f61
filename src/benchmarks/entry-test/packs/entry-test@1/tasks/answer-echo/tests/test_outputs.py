from checks import answer
from trial import NONCE


def test_answer():
    assert answer() == f"ready {NONCE}"
