import os
import stat

from checks import as_agent, read_bytes, read_text
from prepare import letters
from trial import NONCE

LETTERS = letters()


def test_done():
    assert read_text("/app/rescued/DONE").rstrip() == f"{len(LETTERS)} {NONCE}"


def test_texts():
    for name, encoding, _, text, _ in LETTERS:
        assert read_bytes(f"/app/rescued/{name}") == text.encode(), f"{name} was {encoding}"


def test_modes():
    for name, *_, locked in LETTERS:
        assert stat.S_IMODE(os.lstat(f"/app/rescued/{name}").st_mode) == 0o640
        assert stat.S_IMODE(os.lstat(f"/app/letters/{name}").st_mode) == (0o000 if locked else 0o644)


def test_nothing_else():
    assert sorted(os.listdir("/app/rescued")) == sorted(["DONE", *(name for name, *_ in LETTERS)])


def test_originals():
    for name, _, stored, _, locked in LETTERS:
        if locked:
            assert as_agent(["/bin/chmod", "400", f"/app/letters/{name}"]).status == 0
        assert read_bytes(f"/app/letters/{name}") == stored
