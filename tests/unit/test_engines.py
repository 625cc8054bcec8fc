"""A server starts when it is first used, ends with its last user, and makes and drops only what carries its mark."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from migration_lab.engines import (
    SCRATCH_VARIABLE,
    URL_ALLOWED_VARIABLE,
    URL_VARIABLE,
    Engine,
    EngineError,
    all_engines,
    find_engine,
    keeping,
    url_text,
)
from migration_lab.engines.keeper import MARKER, Keeper

if sys.platform != "linux":
    pytest.skip("the processes are looked at in Linux's /proc", allow_module_level=True)

KEYS = ("postgresql", "postgresql-16", "mariadb")
GRACE = 0.5
# A process that uses a server, says so, and lives until it is killed.
USER = f"""
import sys, time
from dataclasses import replace
from pathlib import Path
from migration_lab.engines import find_engine
engine = replace(find_engine(sys.argv[1]), grace={GRACE})
engine.exists(engine.url(Path("x")))
print("used", flush=True)
time.sleep(600)
"""


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A scratch_db with a short name: pytest's own folders leave little room for a socket's."""
    folder = Path(tempfile.mkdtemp(prefix="ml_"))
    folder.chmod(0o755)
    monkeypatch.setenv(SCRATCH_VARIABLE, str(folder))
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    yield folder
    for user in keeping._used.values():
        user.close()
    keeping._used.clear()
    wait_until(lambda: not list(folder.glob(".servers/*/keeper.sock")))
    wait_until(lambda: not any(runs(folder, key) for each in KEYS for key in (each, f"{each}-loopback")))
    shutil.rmtree(folder)


@pytest.fixture(params=KEYS)
def engine(request: pytest.FixtureRequest, scratch: Path) -> Any:
    """Each engine that the course starts itself."""
    return usable(str(request.param))


def usable(key: str) -> Any:
    """The engine, ended soon after its last use."""
    found: Any = find_engine(key)
    if found.missing:
        pytest.skip(found.missing)
    return replace(found, grace=GRACE)


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def process(scratch: Path, key: str) -> int:
    """The server's process; 0 where there is none."""
    name = "mariadbd.pid" if key.startswith("mariadb") else "postmaster.pid"
    try:
        return int((scratch / ".servers" / key / "data" / name).read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return 0


def runs(scratch: Path, key: str) -> bool:
    number = process(scratch, key)
    return number > 0 and Path(f"/proc/{number}").exists()


def keeper(scratch: Path, key: str) -> int:
    """The keeper's process, which is the server's parent."""
    return int(Path(f"/proc/{process(scratch, key)}/stat").read_text().rpartition(")")[2].split()[1])


def user(key: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", USER, key], stdout=subprocess.PIPE, text=True)


def fill(engine: Engine, url: sa.URL, rows: int = 3) -> None:
    engine.create(url)
    with engine.connect(url).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)")
        for number in range(rows):
            connection.execute(sa.text("INSERT INTO users VALUES (:id, 'adi')"), {"id": number})


def count(engine: Engine, url: sa.URL) -> int:
    with engine.connect(url).connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one())


def test_every_engine_is_listed_with_its_name_or_with_what_brings_it(scratch: Path) -> None:
    listed = {engine.key: engine for engine in all_engines()}
    assert list(listed) == ["sqlite", "sqlite-modern", *KEYS, "url"]
    assert all(engine.name and "\n" not in engine.missing for engine in listed.values())
    assert not (scratch / ".servers").exists(), "nothing was started"
    with pytest.raises(ValueError, match="no engine 'oracle': there is sqlite, "):
        find_engine("oracle")


def test_what_is_missing_says_the_command_that_brings_it(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migration_lab.engines.postgresql.find_spec", lambda _: None)
    monkeypatch.setattr("migration_lab.engines.mariadb.shutil.which", lambda *_, **__: None)
    assert find_engine("postgresql").missing == "PostgreSQL is missing: pip install 'migration-lab[engines]'"
    assert find_engine("mariadb").missing == "MariaDB is missing: apt install mariadb-server-core"
    for key in KEYS:
        with pytest.raises(EngineError, match="is missing: "):
            find_engine(key).create(find_engine(key).url(scratch / "a"))


@pytest.mark.parametrize("key", ["sqlite", *KEYS])
def test_a_database_is_made_copied_and_dropped_alike_everywhere(key: str, scratch: Path) -> None:
    engine = usable(key) if key in KEYS else find_engine(key)
    for name in ("one", "two"):
        (scratch / name).mkdir()
    one, two = engine.url(scratch / "one"), engine.url(scratch / "two")
    assert not engine.exists(one)
    fill(engine, one)
    fill(engine, one, 5)  # in place of the earlier one
    engine.copy(one, two)
    assert (count(engine, one), count(engine, two)) == (5, 5)
    with engine.connect(one).connect() as reading:
        reading.exec_driver_sql("SELECT * FROM users")
        engine.copy(one, two)  # also while others use it
    engine.drop(one)
    engine.drop(one)
    assert (engine.exists(one), engine.exists(two)) == (False, True)
    with pytest.raises(EngineError, match="to copy"):
        engine.copy(one, two)
    assert count(engine, two) == 5
    assert sa.make_url(url_text(two)) == two


def test_only_what_carries_the_mark_is_made_or_dropped(engine: Engine, scratch: Path) -> None:
    url = engine.url(scratch / "a")
    assert str(url.database).startswith("migration_lab_a_")
    assert engine.url(scratch / "b" / "a").database != url.database
    for name in ("postgres", "mysql", "production", "migration_lab_a; DROP DATABASE x", ""):
        other = url.set(database=name)
        for act in (engine.create, engine.drop, lambda u: engine.copy(u, url), lambda u: engine.copy(url, u)):
            with pytest.raises(EngineError, match="isn't the course's: it makes and drops only databases named"):
                act(other)
    assert not (scratch / ".servers").exists()


def test_a_killed_last_user_ends_the_server_and_its_keeper(engine: Engine, scratch: Path) -> None:
    with user(engine.key) as first, user(engine.key) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        assert (first.stdout.readline(), second.stdout.readline()) == ("used\n", "used\n")
        server, parent = process(scratch, engine.key), keeper(scratch, engine.key)
        first.kill()
        time.sleep(2 * GRACE + 0.5)
        assert process(scratch, engine.key) == server, "the other one still uses it"
        second.kill()
    wait_until(lambda: not Path(f"/proc/{server}").exists())
    wait_until(lambda: not Path(f"/proc/{parent}/exe").exists())
    assert not runs(scratch, engine.key)


def test_two_that_start_at_once_get_one_server(scratch: Path) -> None:
    with user("postgresql") as first, user("postgresql") as second:
        for one in (first, second):
            assert one.stdout is not None
            assert one.stdout.readline() == "used\n"
        log = (scratch / ".servers/postgresql/server.log").read_text()
        assert log.count("ready to accept connections") == 1
        first.kill()
        second.kill()


def test_a_killed_server_comes_back_with_its_rows(engine: Engine, scratch: Path) -> None:
    url = engine.url(scratch / "a")
    fill(engine, url)
    before = process(scratch, engine.key)
    os.kill(before, signal.SIGKILL)
    assert count(engine, url) == 3
    assert process(scratch, engine.key) != before


def test_the_server_dies_with_a_killed_keeper_and_comes_back_with_its_rows(engine: Engine, scratch: Path) -> None:
    url = engine.url(scratch / "a")
    fill(engine, url)
    before = process(scratch, engine.key)
    os.kill(keeper(scratch, engine.key), signal.SIGKILL)
    if sys.platform == "linux":
        wait_until(lambda: not Path(f"/proc/{before}").exists())
    assert count(engine, url) == 3
    assert process(scratch, engine.key) != before


def test_a_server_that_outlived_its_keeper_is_ended_before_the_next(
    engine: Engine, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the system ends no server with its keeper."""
    url = engine.url(scratch / "a")
    fill(engine, url)
    plan = engine.plan()  # type: ignore[attr-defined]
    before = process(scratch, engine.key)
    Keeper(plan)._end_leftover()
    wait_until(lambda: not Path(f"/proc/{before}/exe").exists())
    assert count(engine, url) == 3


def test_a_process_number_left_by_a_dead_server_and_taken_by_another_process_is_no_obstacle(scratch: Path) -> None:
    with user("postgresql") as one:
        assert one.stdout is not None
        one.stdout.readline()
        server = process(scratch, "postgresql")
        os.kill(keeper(scratch, "postgresql"), signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{server}").exists())
        one.kill()
    left = scratch / ".servers/postgresql/data/postmaster.pid"
    left.write_text(f"{os.getpid()}\n{left.parent}\n1\n5432\n{left.parents[1]}\n\n  1 1\nready\n")
    engine = usable("postgresql")
    assert not engine.exists(engine.url(scratch / "a"))


def test_a_folder_that_is_not_ours_is_not_touched(engine: Engine, scratch: Path) -> None:
    folder = scratch / ".servers" / engine.key
    folder.mkdir(parents=True)
    (folder / "precious").write_text("mine")
    with pytest.raises(EngineError, match=f"{folder} has no {MARKER}, so the course didn't make it"):
        engine.exists(engine.url(scratch / "a"))
    assert [path.name for path in folder.iterdir()] == ["precious"]


def test_data_of_another_version_is_refused(engine: Engine, scratch: Path) -> None:
    folder = scratch / ".servers" / engine.key
    folder.mkdir(parents=True)
    marker = {"made_by": "migration_lab", "engine": engine.key, "version": "9"}
    (folder / MARKER).write_text(json.dumps(marker))
    with pytest.raises(EngineError, match=f"holds data of {engine.key} 9, which .* can't read: move that folder away"):
        engine.exists(engine.url(scratch / "a"))


def test_a_path_too_long_for_a_socket_is_named(engine: Engine, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SCRATCH_VARIABLE, str(scratch / ("x" * 80)))
    with pytest.raises(EngineError, match=r"bytes, and 10\d are possible: move the course to a shorter path"):
        engine.exists(engine.url(scratch / "a"))


def test_a_folder_with_spaces_and_letters_of_all_kinds_will_do(
    engine: Engine, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SCRATCH_VARIABLE, str(scratch / "größe x"))
    assert not engine.exists(engine.url(scratch / "a"))
    assert sa.make_url(url_text(engine.url(scratch))) == engine.url(scratch)
    (scratch / "größe x").rename(scratch / "moved")
    number = process(scratch / "moved", engine.key)
    wait_until(lambda: not Path(f"/proc/{number}").exists())  # its folder is gone


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be someone else")
def test_an_ordinary_user_has_servers_too(engine: Engine, scratch: Path) -> None:
    shutil.chown(scratch, 65534, 65534)
    # The right to read lets it reach this Python, which may lie below /root.
    right = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *right]
    with subprocess.Popen([*user, sys.executable, "-c", USER, engine.key], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "used\n"
        assert Path(f"/proc/{process(scratch, engine.key)}").stat().st_uid == 65534
        assert (scratch / ".servers" / engine.key).stat().st_mode & 0o077 == 0, "nobody else gets in"
        one.kill()


def test_root_has_postgresql_run_by_nobody(scratch: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can try it")
    scratch.chmod(0o700)  # as /root is
    engine = usable("postgresql")
    fill(engine, engine.url(scratch / "a"))
    assert Path(f"/proc/{process(scratch, 'postgresql')}").stat().st_uid == 65534


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "There is too little memory"),
        ("could not write to file: No space left on device", "Free some space"),
        ("FATAL:  could not create file: Read-only file system", "Make that disk writable"),
        ("[ERROR] Can't start server: Bind on unix socket: Address already in use", "Another server has that socket"),
        ("FATAL: something else", "something else; its log: "),
    ],
)
def test_a_server_that_cannot_start_says_why_and_what_to_do(log: str, line: str, scratch: Path) -> None:
    engine = usable("postgresql")
    (scratch / "say").write_text(f"#!/bin/sh\necho 'LOG: starting'\necho \"{log}\"\necho 'LOG: shut down'\nexit 1\n")
    (scratch / "say").chmod(0o755)
    with pytest.raises(EngineError) as caught:
        keeping.use(replace(engine.plan(), make=[str(scratch / "say")]))
    assert line in str(caught.value)
    assert log.split(":")[-1] in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (scratch / ".servers/postgresql/data").exists()
    wait_until(lambda: not (scratch / ".servers/postgresql/keeper.sock").exists())
    assert not engine.exists(engine.url(scratch / "a")), "the next use starts afresh"


def test_a_full_disk_is_named(scratch: Path) -> None:
    """A real one, of two megabytes; what mounts it is root's to do."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can mount a small disk")
    (scratch / ".servers").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", scratch / ".servers"], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this container lets nobody mount")
    try:
        for key in KEYS:
            with pytest.raises(EngineError, match=r"can't start: .*\. Free some space on that disk"):
                usable(key).exists(usable(key).url(scratch / "a"))
        wait_until(lambda: not list(scratch.glob(".servers/*/keeper.sock")))
        subprocess.run(["mount", "-o", "remount,ro", scratch / ".servers"], check=True)
        for key in KEYS:
            with pytest.raises(EngineError, match=r"can't start: Read-only file system"):
                usable(key).exists(usable(key).url(scratch / "a"))
    finally:
        wait_until(lambda: not subprocess.run(["umount", scratch / ".servers"], check=False).returncode)


@pytest.mark.parametrize("key", ["postgresql", "mariadb"])
def test_on_the_learners_own_server_the_course_asks_before_its_first_database(
    key: str, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = usable(key)
    host.exists(host.url(scratch / "a"))
    monkeypatch.setenv(URL_VARIABLE, url_text(host.home()))
    monkeypatch.delenv(URL_ALLOWED_VARIABLE, raising=False)
    own = find_engine("url")
    url = own.url(scratch / "a")
    assert own.missing == ""
    with pytest.raises(EngineError, match=f"nobody is here to allow .*: set {URL_ALLOWED_VARIABLE}=1"):
        own.create(url)
    asked: list[str] = []

    def answer(word: str) -> None:
        def ask(words: str) -> str:
            asked.append(words)
            return word

        monkeypatch.setattr("builtins.input", ask)

    answer("n")
    with pytest.raises(EngineError, match=r"may not make databases on (PostgreSQL|MySQL) on .*, so nothing was done"):
        own.create(url)
    assert not own.exists(url)
    answer("y")
    fill(own, url)
    own.copy(url, own.url(scratch / "b"))
    assert count(own, own.url(scratch / "b")) == 3
    assert len(asked) == 2, "once it was allowed, it is"
    (scratch / ".servers/allowed.json").unlink()
    monkeypatch.setenv(URL_ALLOWED_VARIABLE, "1")
    own.create(url)
    monkeypatch.delenv(URL_ALLOWED_VARIABLE)
    find_engine(url_text(host.home()), allowed=True).create(url)
    with pytest.raises(EngineError, match="isn't the course's"):
        own.drop(host.home())


@pytest.mark.parametrize("url", ["nonsense", "mssql://sa:secret@host/x", "postgresql://me:secret@host:port/x"])
def test_a_url_of_no_such_server_is_one_line_without_its_password(
    url: str, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    own = find_engine("url")
    assert URL_VARIABLE in own.missing
    assert "secret" not in own.missing
    with pytest.raises(EngineError, match=URL_VARIABLE):
        own.create(own.url(scratch))


def test_a_mariadb_that_starts_leaves_anothers_temporary_tables_alone(scratch: Path) -> None:
    """It removes all that it finds where its own go; another learner's server beside it would lose a table in use."""
    first = usable("mariadb")
    url = first.url(Path("first"))
    first.create(url)
    with first.connect(url).connect() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE kept ENGINE=Aria AS SELECT 1 AS one")
        with tempfile.TemporaryDirectory(prefix="ml_") as name, pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.setenv(SCRATCH_VARIABLE, name)
            other = usable("mariadb")
            other.create(other.url(Path("other")))
            keeping._used.popitem()[1].close()
            wait_until(lambda: not runs(Path(name), "mariadb"))
        connection.exec_driver_sql("DROP TEMPORARY TABLE kept")


def test_without_unix_sockets_a_server_is_on_loopback_behind_a_password(engine: Any, scratch: Path) -> None:
    engine = replace(engine, loopback=True)
    url, copied = engine.url(scratch / "one"), engine.url(scratch / "other")
    engine.create(url)
    engine.run(url, "CREATE TABLE things (a INT);\nINSERT INTO things VALUES (7);\n")
    with engine.connect(url).connect():  # with a user, PostgreSQL's copy is a dump
        engine.copy(url, copied)
    password = str(url.password)
    for wrong in (url.set(password=password[:-1]), url._replace(password=None)):
        with pytest.raises(sa.exc.OperationalError), sa.create_engine(wrong).connect():
            pass
    key = f"{engine.key}-loopback"
    family = [
        one for one in psutil.process_iter(["cmdline"]) if str(engine.folder) in " ".join(one.info["cmdline"] or ())
    ]
    assert len(family) == 2, "the keeper and the server"
    listening = {
        one.laddr for each in family for one in each.net_connections("tcp") if one.status == psutil.CONN_LISTEN
    }
    assert {ip for ip, _ in listening} == {"127.0.0.1"}
    assert len(listening) == 2
    assert [one for one in family if password in " ".join(one.cmdline())] == []
    files = [path for path in (scratch / ".servers").iterdir() if path.is_file()]
    secret = [path for path in files if password in path.read_text()]
    assert secret
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    os.kill(process(scratch, key), signal.SIGKILL)
    with engine.connect(copied).connect() as connection:
        assert connection.execute(sa.text("SELECT a FROM things")).scalar_one() == 7
