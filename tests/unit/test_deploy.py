"""The app of the rolling deploy: a project of its own, served as long as its kernel lives, and drawn for a reader."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from migration_lab.deploy import (
    APP,
    Answer,
    DeployError,
    Matrix,
    Rollout,
    calls_to,
    environment,
    play,
    rollout,
    serve,
)
from migration_lab.lessons import build_project, open_lesson
from migration_lab.views import draw_versions
from migration_lab.views.pictures.versions import VersionsView

PATIENCE = 60
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, copied out."""
    folder = tmp_path_factory.mktemp("home") / "app"
    build_project(folder, APP)
    return folder


def wait_until(words: str, look: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():  # type: ignore[operator]
        assert time.monotonic() < deadline, words
        time.sleep(0.05)


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return str(answer.read().decode())


def test_the_app_passes_its_own_test(project: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr


def test_what_its_readme_says_works_with_plain_alembic_and_uvicorn(project: Path) -> None:
    """In an environment without the course's folders, on a free port; each file that it names is there."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert {"alembic upgrade head", "uvicorn after.main:app --reload"} <= set(readme.splitlines())
    named = re.findall(r"`([\w./]+(?:\.py|/))`", readme)
    assert len(named) > 7
    assert [one for one in named if not (project / one).exists() and not list(project.glob(f"*/{one}"))] == []
    subprocess.run([BIN / "alembic", "upgrade", "head"], cwd=project, capture_output=True, check=True)
    with subprocess.Popen(
        [BIN / "uvicorn", "after.main:app", "--port", "0"], cwd=project, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            address = next(found[0] for line in process.stderr if (found := re.search(r"http://[\d.:]+", line)))
            assert get(f"{address}/health") == '{"status":"ok"}'
            assert '"adi"' in get(f"{address}/users")
        finally:
            process.terminate()
    subprocess.run([BIN / "alembic", "downgrade", "0001"], cwd=project, capture_output=True, check=True)


def test_a_version_is_served_on_a_free_port_and_says_what_the_database_said(project: Path) -> None:
    with serve(project, "before") as first, serve(project, "before") as second:
        assert first.port != second.port
        assert first.process != second.process
        assert first.ask("POST", "/users", {"username": "eva"}).works
        again = second.ask("POST", "/users", {"username": "eva"})
        assert (again.status, again.words) == (500, "UNIQUE constraint failed: users.username")
        assert again.statement.startswith("INSERT INTO users")
        assert "eva" in [user["username"] for user in second.read("/users")]
        with pytest.raises(OSError, match="in use"), closing(socket.create_server(("127.0.0.1", first.port))):
            pass
    assert first.ask("GET", "/users").status == 0
    assert not psutil.pid_exists(first.process)


def test_a_version_that_can_not_be_imported_says_why(project: Path) -> None:
    with pytest.raises(DeployError, match="nope can't be served: ModuleNotFoundError: No module named 'nope'"):
        serve(project, "nope")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal")
def test_after_an_interrupt_the_next_version_is_served_and_is_the_one_that_was_asked_for(project: Path) -> None:
    """A version that takes long to be imported, the stop button, and then another one."""
    slow = project / "slow" / "main.py"
    slow.parent.mkdir(exist_ok=True)
    slow.write_text("import time\n\ntime.sleep(600)\n", encoding="utf-8")
    stop = threading.Timer(1, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
    stop.start()
    with pytest.raises(KeyboardInterrupt):
        serve(project, "slow")
    with serve(project, "before") as first, serve(project, "after") as second:
        assert "is_active" not in str(first.read("/openapi.json"))
        assert "is_active" in str(second.read("/openapi.json"))


def test_a_version_that_prints_is_served_like_any_other(project: Path) -> None:
    """What it says goes nowhere, and least of all among its host's answers."""
    chatty = project / "chatty" / "main.py"
    chatty.parent.mkdir()
    chatty.write_text("from before.main import app\n\nprint('[1, 2, 3, 4]', flush=True)\n", encoding="utf-8")
    with serve(project, "chatty") as served, serve(project, "before") as other:
        assert served.process != other.process
        assert served.ask("GET", "/users").works


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_answers_that_never_come_are_failures_and_end_the_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever calls is killed: that no answer says otherwise isn't taken for no failure."""
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    lesson = open_lesson("unanswered", APP)

    def deploy_without_people() -> None:
        with rollout(lesson, "before") as people:
            seen.append(people)
            (client,) = [one for one in psutil.Process().children() if "client.py" in " ".join(one.cmdline())]
            client.kill()
            with people.step("a step that nobody meets"):
                pass

    seen: list[Rollout] = []
    with pytest.raises(DeployError, match="no word of the last requests to before: nobody calls any more"):
        deploy_without_people()
    assert {one.client for one in seen[0].outcome().failures} == {"list", "create", "rename"}
    lesson.close()


def test_a_version_that_is_deployed_once_more_takes_its_own_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    lesson = open_lesson("twice", APP)
    with rollout(lesson, "before") as people:
        first = people.serving["before"]
        people.deploy("before")
        assert first.ask("GET", "/users").status == 0
        assert people.serving["before"].ask("GET", "/users").works
        again = people.serving["before"]
    assert not people.outcome().failures
    with environment(lesson.folder, lesson.stage, lesson.kind) as place:
        place.begin("before")
        first = place.serving["before"]
        play(place, ["deploy before"])
        assert list(place.serving) == ["before"]
        assert first.ask("GET", "/users").status == 0
    assert again.ask("GET", "/users").status == 0
    lesson.close()


def test_where_one_of_two_versions_can_not_be_served_neither_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    lesson = open_lesson("neither", APP)
    with serve(lesson.folder, "before") as served:
        host = psutil.Process(served.process).parent()
        assert host is not None
        with pytest.raises(DeployError, match="nope can't be served"), rollout(lesson, "before", "nope"):
            pass
        assert [one.pid for one in host.children()] == [served.process]
    lesson.close()


KILLED = """
import sys, time
from migration_lab.deploy import APP, rollout
from migration_lab.lessons import open_lesson
lesson = open_lesson("killed", APP)
with rollout(lesson, "before") as people:
    people.begin("between", healthy=False)
    print(*(served.process for served in people.serving.values()), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_no_server_and_no_client_is_left_after_the_kernel_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        served = [int(word) for word in process.stdout.readline().split()]
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(served) == 2
        assert {*served} < {one.pid for one in started}
        assert len(started) == 4  # with the client, and the host of both
        os.kill(process.pid, signal.SIGKILL)
    wait_until("all have ended", lambda: not [one for one in started if one.is_running()])


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_version_ends_with_its_host_and_the_next_is_served_by_another(project: Path) -> None:
    served = serve(project, "before")
    host = psutil.Process(served.process).ppid()
    os.kill(host, signal.SIGKILL)
    wait_until("it has ended", lambda: not psutil.pid_exists(served.process))
    with serve(project, "before") as again:
        assert again.ask("GET", "/users").works


@pytest.fixture
def matrix() -> Matrix:
    """One with a refusal whose words are hostile."""
    bad = Answer(500, "<script>alert(1)</script>", "SELECT '<b>'")
    return Matrix(
        "SQLite",
        ("0001", "0002"),
        ("before", "after"),
        {
            (step, version): [
                (call, bad if (step, version) == ("0001", "after") else Answer(200)) for call in calls_to(version)
            ]
            for step in ("0001", "0002")
            for version in ("before", "after")
        },
    )


def test_the_table_opens_each_request_and_escapes_what_the_database_said(matrix: Matrix) -> None:
    drawing = draw_versions(matrix)
    assert drawing.body.count("<details") == 4
    assert drawing.body.count("PATCH /users/1") == 4
    assert drawing.body.count("POST /users/2/deactivate") == 2  # before can't
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawing.body
    assert "<script>" not in drawing.html
    assert "0001: before ✓ works · after ✗ SELECT, INSERT, UPDATE" in drawing.text


def test_the_slider_goes_through_the_steps_and_a_saved_notebook_has_the_table(matrix: Matrix) -> None:
    view = VersionsView(matrix)
    view.slider.value = "0002"
    said, table = view.widget.children[1], view.widget.children[2]
    assert "0002: before ✓ works · after ✓ works" in said.value
    assert 'role="status"' in said.value
    assert '<tr class="here"><th scope="row">0002' in table.value
    bundle = view._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert str(bundle["text/html"]).count("<details") == 4


def test_the_lesson_s_folder_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_LAB_SCRATCH", str(tmp_path))
    lesson = open_lesson("10_rolling_deploy", APP)
    assert {"after", "before", "between", "README.md", "test_app.py"} < {one.name for one in lesson.folder.iterdir()}
    lesson.close()
