"""Where nothing may be left out (``MIGRATION_LAB_REQUIRE=all``), a test that is skipped or expected to fail has failed.

A test skipped for want of a browser or a database proves nothing, and a green run that leaves it out looks like proof.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator

import pytest

VARIABLE = "MIGRATION_LAB_REQUIRE"
# The hub makes Linux accounts, with modules that Windows doesn't have: there, only the slides are tested.
collect_ignore_glob = ["workshop/test_[!s]*.py"] if sys.platform == "win32" else []


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a value that would silently require nothing, and let interrupts arrive."""
    value = os.environ.get(VARIABLE, "")
    if value not in ("", "all"):
        raise pytest.UsageError(f"{VARIABLE}={value}: the only value is 'all'")
    # What a script starts in the background ignores interrupts, and so would all that the tests start and interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped or expected-to-fail test into a failure."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a module that skips itself into an error."""
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make ``report`` a failure if it is a skip and every test must run."""
    if os.environ.get(VARIABLE) == "all" and report.outcome == "skipped":
        reason = getattr(report, "wasxfail", None)
        if reason is not None:
            del report.wasxfail
        elif isinstance(report.longrepr, tuple):
            reason = report.longrepr[2]
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} must run here ({VARIABLE}=all) and did not: {reason or 'no reason given'}"
