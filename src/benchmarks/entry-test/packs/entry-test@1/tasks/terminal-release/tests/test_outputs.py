import hashlib
import os

from checks import as_agent, read_bytes, read_text
from prepare import release
from trial import NONCE, token

NAME, VERSION = release()
FOLDER = f"/app/dist/{NAME}-{VERSION}"
FULL_VERSION = f"{VERSION}+{NONCE[:8]}"


def test_layout():
    found = sorted(
        os.path.relpath(os.path.join(folder, name), "/app/dist")
        for folder, folders, files in os.walk("/app/dist")
        for name in folders + files
    )
    base = f"{NAME}-{VERSION}"
    assert found == sorted(["current", base, f"{base}/VERSION", f"{base}/bin", f"{base}/bin/{NAME}", f"{base}/SHA256SUMS"])


def test_current_is_a_relative_link():
    assert os.readlink("/app/dist/current").rstrip("/") in (f"{NAME}-{VERSION}", f"./{NAME}-{VERSION}")


def test_version():
    assert read_text(f"{FOLDER}/VERSION").rstrip() == FULL_VERSION


def test_program_called_from_elsewhere():
    ended = as_agent([f"/app/dist/current/bin/{NAME}"], cwd="/")
    assert (ended.status, ended.stdout.rstrip()) == (0, f"{NAME} {FULL_VERSION}")


def test_program_after_a_copy():
    copy = f"/tmp/{token('copy')}"
    assert as_agent(["/bin/cp", "-r", FOLDER, copy]).status == 0
    other = f"0.0.1+{token('other')}"
    assert as_agent(["/usr/bin/tee", f"{copy}/VERSION"], stdin=other.encode() + b"\n").status == 0
    assert as_agent([f"{copy}/bin/{NAME}"], cwd="/").stdout.rstrip() == f"{NAME} {other}"


def test_checksums():
    def line(path):
        return f"{hashlib.sha256(read_bytes(f'{FOLDER}/{path}')).hexdigest()}  {path}"

    assert read_text(f"{FOLDER}/SHA256SUMS").rstrip().split("\n") == [line("VERSION"), line(f"bin/{NAME}")]
