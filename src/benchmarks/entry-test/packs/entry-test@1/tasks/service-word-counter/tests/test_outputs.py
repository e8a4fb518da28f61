import contextlib
import http.client
import json
import socket
import time

import pytest

from checks import running
from trial import NONCE, draw, token


@pytest.fixture(scope="module")
def service():
    with running(["/app/start.sh"]) as process:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if ask("GET", "/health")[0] == 200:
                    break
            assert process.poll() is None, f"start.sh ended with status {process.poll()}"
            time.sleep(0.05)
        else:
            pytest.fail("the service was not healthy within five seconds")
        yield process


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=2)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read(100_000)
    finally:
        connection.close()


def count(text):
    status, body = ask("POST", "/count", text.encode())
    assert status == 200
    return json.loads(body)


def expected(text):
    words = text.split()
    return {"words": len(words), "longest": max(words, key=len, default=None), "code": NONCE}


def test_health(service):
    status, body = ask("GET", "/health")
    assert (status, body.decode().rstrip()) == (200, f"ok {NONCE}")


def test_count(service):
    pick = draw("words")
    for _ in range(10):
        text = pick.choice([" ", "\n"]).join(token(str(pick.random()), pick.randint(1, 12)) for _ in range(pick.randint(1, 40)))
        assert count(text) == expected(text)


def test_corner_cases(service):
    for text in ("", " \n\t ", "Größe größer Größtes", "aa bb aa"):
        assert count(text) == expected(text)


def test_other_paths(service):
    assert ask("GET", f"/{token('path')}")[0] == 404


def test_stays_healthy(service):
    assert ask("POST", "/count", b"\xff\xfe\xff")[0] == 400
    with socket.create_connection(("127.0.0.1", 8080), timeout=2):
        assert count("still here") == expected("still here")
    assert ask("GET", "/health")[0] == 200
    assert service.poll() is None
