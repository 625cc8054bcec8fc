"""The timeline says in marks, in words and in a table what clients saw, and stays small however much that was."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

import pytest
from test_live_in_a_kernel import client, kernel, printed, run
from test_views import HOSTILE

from migration_lab.load import Band, Outcome, Record, Request
from migration_lab.views import draw_timeline

__all__ = ["client", "kernel"]  # fixtures
KINDS = ("read", "insert", "update", "GET /users", "POST /users")
REQUESTS = (
    Request(0.1, 0.001, "read"),
    Request(0.2, 0.9, "insert"),
    Request(0.3, 1.25, "update", error="database is locked"),
    Request(0.4, 0.8, "update"),
)
BANDS = (Band("ALTER TABLE users", 0.15, 0.2), Band("UPDATE users", 0.2, 0.7), Band("UPDATE users", 0.8, 1.0))
OUTCOME = Outcome(REQUESTS, BANDS, (), 1.5)


def plot(outcome: Outcome) -> ElementTree.Element:
    """The plot, which is well-formed."""
    found = re.search(r'<svg class="timeline".*?</svg>', draw_timeline(outcome).body, re.DOTALL)
    assert found is not None
    return ElementTree.fromstring(found[0])


def marks(outcome: Outcome) -> dict[str, int]:
    """How many marks there are, by their class."""
    paths = ((path.get("class") or "", path.get("d") or "") for path in plot(outcome).iter("path"))
    return {name: words.count("M") for name, words in paths if name not in ("line", "bar")}


def grid(body: str) -> list[list[str]]:
    """The cells of the table."""
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_longest_wait_and_the_failures_are_in_words_in_the_plot_and_in_a_table() -> None:
    drawing = draw_timeline(OUTCOME, "SQLite")
    summary = "SQLite: longest wait 1.25 s (update, due at 0.3 s) · 4 answers, 1 failed"
    assert summary in drawing.body
    assert f'role="img" aria-label="{summary}"' in drawing.body
    assert "longest wait: 1.25 s" in ["".join(text.itertext()) for text in plot(OUTCOME).iter("text")]
    assert grid(drawing.body) == [
        ["request", "answers", "failed", "half within", "99 % within", "longest wait"],
        ["read", "1", "0", "1.0 ms", "1.0 ms", "1.0 ms"],
        ["insert", "1", "0", "900 ms", "900 ms", "900 ms"],
        ["update", "2", "1", "1.25 s", "1.25 s", "1.25 s"],
    ]
    assert "1 × database is locked" in drawing.body
    for line in (summary, "update  2  1  1.25 s  1.25 s  1.25 s", "UPDATE users: 2 times, 700 ms"):
        assert line in drawing.text


def test_each_kind_has_a_shape_of_its_own_and_a_failure_another() -> None:
    requests = [Request(place / 10, 0.01, kind) for place, kind in enumerate(KINDS)]
    found = marks(Outcome((*requests, Request(0.9, 0.01, "read", error="no")), (), (Request(1.0, 0.1, "read"),), 1.2))
    assert list(found) == ["dot", "triangle", "square", "diamond", "plus", "waiting", "failed"]
    assert set(found.values()) == {1}


def test_statements_of_one_name_share_a_lane_with_its_name_and_their_time() -> None:
    texts = ["".join(text.itertext()) for text in plot(OUTCOME).iter("text")]
    assert texts[:2] == ["ALTER TABLE users · 50 ms", "UPDATE users · 2 times, 700 ms"]
    assert len([one for one in plot(OUTCOME).iter("rect") if one.get("class") == "band"]) == 3
    running = Outcome(REQUESTS, (Band("UPDATE users", 0.2), Band("ALTER", 0.1, 0.2, "no")), (), 1.2)
    assert ["".join(text.itertext()) for text in plot(running).iter("text")][:2] == [
        "UPDATE users · 1.00 s so far",
        "ALTER · 100 ms ✗ failed",
    ]


@pytest.mark.parametrize("waits", [[0.0], [1e-9, 3e3], [], [0.5] * 3])
def test_no_wait_falls_out_of_the_plot(waits: Sequence[float]) -> None:
    image = plot(Outcome(tuple(Request(place, wait, "read") for place, wait in enumerate(waits)), BANDS, (), 0.0))
    _, _, width, height = map(float, (image.get("viewBox") or "").split())
    for words in (path.get("d") or "" for path in image.iter("path")):
        for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)", words):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    for circle in image.iter("circle"):
        assert 0 <= float(circle.get("cy") or -1) <= height


def test_a_picture_of_many_requests_is_no_larger_than_its_pixels() -> None:
    many = tuple(
        Request(n / 1000, 10 ** (n % 97 / 20 - 4), KINDS[n % 3], error="no" * (n % 5 == 0)) for n in range(200_000)
    )
    bands = tuple(Band(f"UPDATE {n % 30}", n / 10, n / 10 + 0.05) for n in range(1_000))
    drawing = draw_timeline(Outcome(many, bands, (), 200.0))
    assert len(drawing.html) < 500_000
    assert "22 more statements, all shorter" in drawing.body
    assert "40,000 × no" in drawing.body


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_of_the_database_becomes_markup(text: str) -> None:
    hostile = Outcome((Request(0.1, 0.1, text, error=text),), (Band(text, 0.1, 0.2, text),), (), 1.0)
    drawing = draw_timeline(hostile, text)
    assert {one.tag for one in plot(hostile).iter()} <= {"svg", "path", "text", "tspan", "rect", "circle"}
    outside = re.sub(r"<(style|svg).*?</\1>", "", drawing.body, flags=re.DOTALL)
    tags = {"p", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span"}
    assert set(re.findall(r"<(?!/)([^ >]+)", outside)) <= tags


def test_a_record_is_filled_by_hand_by_whoever_sends_requests() -> None:
    record, ends = Record(), []
    record.on_end(lambda: ends.append(record.now))
    with record.band("deploy"):
        record.add(Request(0.0, 0.2, "GET"))
    with pytest.raises(ZeroDivisionError), record.band("deploy again"):
        _ = 1 / 0
    record.end()
    record.end()
    outcome = record.outcome()
    assert [(band.name, band.error) for band in outcome.bands] == [("deploy", ""), ("deploy again", "division by zero")]
    assert [outcome.seconds] == ends
    assert record.now == outcome.seconds
    assert outcome.longest_wait == outcome.wait(0.5) == 0.2
    assert Outcome().longest is None
    assert Outcome().longest_wait == Outcome().wait(0.99) == 0


TRAFFIC = """
import time
from migration_lab import open_lesson
from migration_lab.load import fill_users, traffic
from migration_lab.views import timeline
lesson = open_lesson("02_failure")
fill_users(lesson, 100)
with traffic(lesson, calm=0.3) as seen:
    timeline(seen)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:  # busy: it never lets go of Python by itself
        print(end="busy. ")
print("done", len(seen.outcome().requests))
"""


def test_it_grows_under_a_busy_cell_and_ends_with_all_answers(client, kernel) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    number, sent = run(client, TRAFFIC)
    text = printed(sent, number)
    assert text.endswith("\n")
    answers = text.rsplit("done ", 1)[1].strip()
    pictures = [
        message["content"]["data"]["text/plain"]
        for message in sent
        if message["msg_type"] == "update_display_data"
        and "answers" in message["content"]["data"].get("text/plain", "")
    ]
    counts = [int(re.findall(r"([\d,]+) answers", picture)[0]) for picture in pictures]
    assert len(counts) >= 3
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == int(answers)
