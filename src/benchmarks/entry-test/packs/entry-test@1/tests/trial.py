"""What preparing and checking a task share: the trial's nonce and the choices drawn from it."""

import hashlib
import os
import random

NONCE = os.environ["CLAWBENCH_NONCE"]


def draw(purpose: str) -> random.Random:
    """A source of choices: the same for one trial and purpose, another for any other."""
    return random.Random(f"{purpose}:{NONCE}")


def token(purpose: str, length: int = 8) -> str:
    """Hexadecimal digits that belong to this trial and purpose only."""
    return hashlib.sha256(f"{purpose}:{NONCE}".encode()).hexdigest()[:length]
