"""Tests that share a browser, a hub or a built site stay with one worker."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("workers")
def test_tests_of_one_group_stay_with_one_worker(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes the group into the name; where it can't, each worker gets some of the group, unsaid."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@workers")
