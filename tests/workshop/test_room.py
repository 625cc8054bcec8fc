"""Two learners and an instructor in one room: each has what is theirs, and nobody has what is another's."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from people import Person, descendants, held_room, in_one_worker, needs_a_room, visitor

from workshop.memory import memory_groups
from workshop.room import Room
from workshop.settings import COURSE, INSTRUCTOR, Settings

pytestmark = [needs_a_room, in_one_worker]
LIMIT = 500 << 20


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A room for all tests of this file."""
    with held_room("lt", memory=LIMIT) as held:
        yield held


@pytest.fixture(scope="module")
def settings(room: Room) -> Settings:
    """The room's."""
    return room.settings


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of all people in the room."""
    with asyncio.Runner() as loop:
        yield loop


@pytest.fixture(scope="module")
def ana(settings: Settings, runner: asyncio.Runner) -> Iterator[Person]:
    """A learner."""
    person = Person(runner, settings, "ana")
    yield person
    person.leave()


@pytest.fixture(scope="module")
def ben(settings: Settings, runner: asyncio.Runner) -> Iterator[Person]:
    """Another learner."""
    person = Person(runner, settings, "ben")
    yield person
    person.leave()


@pytest.fixture(scope="module")
def instructor(settings: Settings, runner: asyncio.Runner) -> Iterator[Person]:
    """Who stands in front."""
    person = Person(runner, settings, INSTRUCTOR)
    yield person
    person.leave()


def test_each_learner_works_in_an_account_and_a_folder_of_their_own(ana: Person, ben: Person) -> None:
    where = "import os, pwd; print(pwd.getpwuid(os.geteuid()).pw_name, os.getcwd(), oct(os.umask(0o077)))"
    for person in (ana, ben):
        account = person.settings.account(person.name)
        assert person.run(where) == f"{account} {person.home}/course/notebooks 0o77"
        assert stat.S_IMODE(person.home.stat().st_mode) == 0o700
        lessons = {path.name for path in (COURSE / "notebooks").glob("*.ipynb")}
        assert {path.name for path in (person.home / "course/notebooks").iterdir()} == lessons


def test_the_course_is_installed_once_and_nobody_can_change_it(ana: Person) -> None:
    package = ana.run("import migration_lab; print(migration_lab.__path__[0])")
    assert Path(package) == COURSE / "src/migration_lab"
    assert ana.run(f"import os; print(os.access({package!r}, os.W_OK), os.access({str(COURSE)!r}, os.W_OK))") == (
        "False False"
    )


def test_a_learner_cant_read_anothers_files(ana: Person, ben: Person) -> None:
    ana.run("import pathlib; pathlib.Path('mine.txt').write_text('ana was here')")
    assert (ana.home / "course/notebooks/mine.txt").read_text() == "ana was here"
    assert "PermissionError" in ben.error(f"import os; os.listdir({str(ana.home)!r})")
    assert "PermissionError" in ben.error(f"open('{ana.home}/course/notebooks/mine.txt').read()")


def test_a_learner_cant_read_anothers_tokens(room: Room, ana: Person, ben: Person) -> None:
    """The token of a server is in its environment, a kernel's key in a file: also the hub's and the proxy's."""
    everyone = [psutil.Process(room.process.pid), *descendants(room)]
    others = [process for process in everyone if process.username() != ben.settings.account("ben")]
    assert {ana.settings.account("ana"), "root"} <= {process.username() for process in others}
    for process in others:
        with open(f"/proc/{process.pid}/environ", "rb") as file:  # noqa: PTH123 - the learner's kernel opens it likewise
            assert file.read() is not None
        assert "PermissionError" in ben.error(f"open('/proc/{process.pid}/environ').read()")
    for secret in ("secrets.json", "cookie_secret", "hub.sqlite", "hub.log"):
        assert (ana.settings.state / secret).exists()
        assert "PermissionError" in ben.error(f"open('{ana.settings.state / secret}')")
    words = [ana.settings.word, ana.settings.instructor_word, ana.visitor.token]
    commands = [part for process in everyone for part in process.cmdline()]
    assert not any(word in part for word in words for part in commands), "everyone can read command lines"


def test_a_token_opens_its_owners_server_only(ana: Person, ben: Person) -> None:
    assert ana.ask("GET", "/user/ana/api/contents/") == 200
    assert ben.ask("GET", "/user/ana/api/contents/") == 403
    assert ben.ask("GET", "/user/ana/api/kernels") == 403
    assert ben.ask("GET", "/hub/api/users/ana") == 404
    assert ben.ask("DELETE", "/hub/api/users/ana/server") == 404


def test_no_kernel_can_be_listened_to_by_another_account(ana: Person) -> None:
    """A kernel's output goes to whoever connects, without a word: so its channels mustn't be ports."""
    connection = json.loads(ana.run("from ipykernel import get_connection_info; print(get_connection_info())"))
    assert connection["transport"] == "ipc"
    assert Path(connection["ip"]).parent == ana.home / ".run"
    assert any(stat.S_ISSOCK(path.stat().st_mode) for path in (ana.home / ".run").iterdir())


@pytest.mark.parametrize(
    ("name", "word", "secret", "message"),
    [
        ("cleo", "not the word", "long enough", "That isn&#39;t the word"),
        ("cleo", None, "short", "at least 6 characters"),
        ("42", None, "long enough", "begins with a letter"),
        ("../etc", None, "long enough", "begins with a letter"),
        (INSTRUCTOR, None, "long enough", "That isn&#39;t the word"),
        ("ana", None, "a guess", "The name ana is taken"),
    ],
)
def test_who_isnt_let_in(
    settings: Settings, runner: asyncio.Runner, ana: Person, name: str, word: str | None, secret: str, message: str
) -> None:
    """The form comes again, and says why."""

    async def try_to_enter() -> str:
        async with visitor(settings, name) as someone:
            someone.word, someone.secret = word or settings.word, secret
            answer = await someone.sign_in()
            assert answer.status_code == 403
            return answer.text

    assert message in runner.run(try_to_enter())


def test_a_name_is_made_plain_and_its_secret_opens_it_again(settings: Settings, runner: asyncio.Runner) -> None:
    async def enter() -> int:
        async with visitor(settings, "zoe-muller") as zoe:
            form = {"username": " Zoë Müller", "password": settings.word, "secret": "a secret of zoe"}
            await zoe.client.get("/hub/login")
            return (await zoe.client.post("/hub/login", data={**form, "_xsrf": zoe.xsrf("/hub/")})).status_code

    assert [runner.run(enter()), runner.run(enter())] == [302, 302]
    assert "zoe-muller" in json.loads((settings.state / "secrets.json").read_text())


def test_the_instructor_is_the_hubs_administrator_and_learners_arent(instructor: Person, ana: Person) -> None:
    assert instructor.ask("GET", "/hub/api/users") == 200
    assert instructor.ask("GET", "/user/ana/api/contents/") == 200
    assert ana.ask("GET", "/hub/api/users") == 403
    assert (instructor.home / "course/dashboard.ipynb").is_file()
    assert instructor.run("import os; print(os.geteuid() == 0)") == "False"


def test_progress_is_shown_to_the_instructor_only_and_only_when_asked(
    ana: Person, ben: Person, instructor: Person
) -> None:
    look = "from classroom import room; print(room().to_dict('index'))"
    ana.run("from migration_lab.work.progress import record_check; record_check('03.1', 'right')")
    assert instructor.run(look) == "{}"
    assert "done 03.1" in ana.run("from classroom import share_progress; print(share_progress())")
    assert "'03.1': '✔ done'" in instructor.run(look)
    shared = ana.settings.shared / "ana"
    assert "PermissionError" in ben.error(f"open('{shared}/progress.json')")
    assert "PermissionError" in ben.error(f"open('{shared}/forged.json', 'w')")
    assert "PermissionError" in ben.error(f"import os; os.listdir({str(ana.settings.shared)!r})")
    ana.run("from classroom import stop_sharing; stop_sharing()")
    assert instructor.run(look) == "{}"


def test_what_is_shared_follows_without_a_kernel(ana: Person) -> None:
    """The server copies it: a kernel kept open for that would cost more memory than the server."""
    ana.run("import classroom; classroom.share_progress()")
    ana.run("import time; time.sleep(1.1); record_check('03.2', 'not yet')")
    ana.run(
        "for _ in range(300):\n    if '03.2' in classroom.shared_file().read_text(): break\n    time.sleep(0.1)\n"
        "assert '03.2' in classroom.shared_file().read_text()\nclassroom.stop_sharing()"
    )


def test_what_a_learner_shares_is_never_trusted(ana: Person, instructor: Person) -> None:
    """A link to a file of the instructor's, a pipe without an end, and things that aren't progress."""
    secret = instructor.home / "course/dashboard.ipynb"
    look = "from classroom import room; print(room().to_dict('index'))"
    shared = "import os; from classroom import shared_file as f; f().unlink(missing_ok=True); "
    for mischief in (
        f"os.symlink('{secret}', f())",
        "os.mkfifo(f())",
        "f().write_text('[' * 90000)",
        'f().write_text(\'{"exercises": {"03.1": 5}}\')',
    ):
        ana.run(f"{shared}{mischief}; os.chmod(f().parent, 0o2750)")
        assert "unreadable" in instructor.run(look)
    ana.run(shared)


def test_a_program_that_leaves_its_session_is_ended_with_the_room(ana: Person) -> None:
    """That it has ended is checked with all else when the room is closed: see ``held_room``."""
    stray = "import subprocess; subprocess.run('setsid sleep 1000 > /dev/null 2>&1 & echo $! > stray', shell=True)"
    ana.run(stray)
    number = int((ana.home / "course/notebooks/stray").read_text())
    assert psutil.Process(number).username() == ana.settings.account("ana")


def test_asking_for_too_much_memory_is_an_error_in_that_kernel_alone(ana: Person, ben: Person) -> None:
    ben.run("kept = 'still here'")
    assert "MemoryError" in ana.error(f"bytearray({LIMIT})")
    assert ana.run("print('the kernel lives')") == "the kernel lives"
    assert ben.run("print(kept)") == "still here"


def test_processes_together_cant_have_more_than_one_may(ana: Person, ben: Person) -> None:
    """The kernel's child stays below the limit of a process. The sum is for the control group, where there are any."""
    if memory_groups(ana.settings.state) is None:
        # Said here as in the guide: in such a container only single processes are limited.
        assert not os.access("/sys/fs/cgroup/cgroup.subtree_control", os.W_OK)
        return
    ben.run("kept = 'still here'")
    child = f"held = b'x' * {LIMIT * 4 // 5}"
    ended = ana.run(f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {child!r}]).returncode)")
    assert ended == "-9", "the system ended the child, and neither the kernel nor the server"
    assert ben.run("print(kept)") == "still here"
