"""How a check looks at what an agent left.

Checks run as root, so nothing of the agent's is ever imported or executed by them: files are read and programs are run
by a process of the agent's own user, which can read neither /tests nor write a reward.
"""

import contextlib
import os
import selectors
import signal
import stat
import subprocess
import time
from typing import NamedTuple

AGENT = 1000
CLEAN = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/home/agent",
    "LANG": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "PYTHONDONTWRITEBYTECODE": "1",
}
MOST_BYTES = 1_000_000


class Finished(NamedTuple):
    status: int
    stdout: str
    stderr: str


def as_agent(argv, *, stdin=b"", timeout=10.0, cwd="/app"):
    """Runs a command as the agent's user and returns how it ended; too slow or too loud is a failed check."""
    assert len(stdin) < 60_000, "a pipe holds no more"
    process = _start(argv, cwd, subprocess.PIPE)
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        out, err = _read_both(process, argv, time.monotonic() + timeout)
        status = process.wait(timeout=timeout)
    finally:
        _end(process)
    return Finished(status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


@contextlib.contextmanager
def running(argv, *, cwd="/app"):
    """A command of the agent's that goes on while the checks look at it."""
    process = _start(argv, cwd, subprocess.DEVNULL)
    try:
        yield process
    finally:
        _end(process)


def read_bytes(path):
    """A regular file of at most 1 MB that the agent's user can read."""
    assert os.path.lexists(path), f"{path} is missing"
    info = os.lstat(path)
    assert stat.S_ISREG(info.st_mode), f"{path} is not a regular file"
    assert info.st_size <= MOST_BYTES, f"{path} is larger than {MOST_BYTES} bytes"
    process = _start(["/usr/bin/head", "-c", str(MOST_BYTES), "--", path], "/", subprocess.PIPE)
    try:
        out, err = _read_both(process, ["head", path], time.monotonic() + 5)
    finally:
        _end(process)
    assert not err, f"{path} cannot be read: {err[:200]!r}"
    return out


def read_text(path):
    """The file as UTF-8 text."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise AssertionError(f"{path} is not UTF-8 text") from None


def answer(path="/app/answer.txt"):
    """The answer; white space at its end is forgiven, nothing else is."""
    return read_text(path).rstrip()


def _start(argv, cwd, pipe):
    return subprocess.Popen(
        argv,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=cwd,
        env=CLEAN,
        user=AGENT,
        group=AGENT,
        extra_groups=[],
        start_new_session=True,
    )


def _read_both(process, argv, deadline):
    kept = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            assert left > 0, f"{argv} took too long"
            for key, _ in selector.select(left):
                chunk = os.read(key.fileobj.fileno(), 65_536)
                if not chunk:
                    selector.unregister(key.fileobj)
                kept[key.fileobj] += chunk
                assert len(kept[key.fileobj]) <= MOST_BYTES, f"{argv} printed more than {MOST_BYTES} bytes"
    return bytes(kept[process.stdout]), bytes(kept[process.stderr])


def _end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    process.wait(timeout=5)
