"""Runs a task's test_outputs.py, reports every check in CTRF and writes the reward: 1 when all passed, else 0.

Started with `python3 -I -S`, so no file an agent may have put into an import folder runs. Nothing but a completed run
of the checks makes a reward: a broken check is the task's fault and leaves none.
"""

import json
import os
import signal
import sys
import time

sys.path[:0] = ["/tests"]
sys.path.append("/usr/lib/python3/dist-packages")
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
os.environ.pop("PYTEST_ADDOPTS", None)

import pytest  # noqa: E402

RESULTS = "/logs/verifier"
SECONDS_PER_CHECK = 15
SECONDS_IN_ALL = 40


def too_slow(_signal, _frame):
    raise TimeoutError("the check took too long")


class Judge:
    """Times every check, so that a file or program that never answers fails its check and not the verification."""

    def __init__(self):
        self.end = time.monotonic() + SECONDS_IN_ALL
        self.tests = []

    def timed(self):
        left = max(0.05, min(SECONDS_PER_CHECK, self.end - time.monotonic()))
        signal.setitimer(signal.ITIMER_REAL, left)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self):
        yield from self.timed()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self):
        yield from self.timed()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self):
        yield from self.timed()

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.passed:
            return
        test = {
            "name": report.nodeid.partition("::")[2],
            "status": report.outcome,
            "duration": round(report.duration * 1000),
        }
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash:
            test["message"] = crash.message[:500]
        self.tests.append(test)


def write_report(tests):
    count = {status: sum(test["status"] == status for test in tests) for status in ("passed", "failed", "skipped")}
    summary = {"tests": len(tests), **count, "pending": 0, "other": 0}
    report = {"results": {"tool": {"name": "pytest"}, "summary": summary, "tests": tests}}
    with open(f"{RESULTS}/ctrf.json", "x", encoding="utf-8") as file:
        json.dump(report, file, indent=1)


def main():
    sys.stdout.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGALRM, too_slow)
    judge = Judge()
    ending = pytest.main(
        ["-c", "/dev/null", "--rootdir=/tests", "--noconftest", "-p", "no:cacheprovider", "--tb=short", "-rA",
         "/tests/test_outputs.py"],
        plugins=[judge],
    )
    write_report(judge.tests)
    if ending not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"The checks did not run to their end ({ending!r}): no reward.")
    with open(f"{RESULTS}/reward.txt", "x", encoding="utf-8") as file:
        file.write("1\n" if ending == pytest.ExitCode.OK else "0\n")


main()
