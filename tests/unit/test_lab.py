"""Opening JupyterLab: its settings, its terminals, its first page, and the command that opens it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from migration_lab.__main__ import main
from migration_lab.lab import server
from migration_lab.lab.launch import LabError, require_free_port

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "src/migration_lab/lab/jupyter"
TOKEN = "only-for-this-test"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one empty notebook, which is the current folder."""
    make_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_course(root: Path) -> None:
    (root / "scratch_db").mkdir()
    (root / "notebooks").mkdir()
    empty = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / server.START_NOTEBOOK).write_text(json.dumps(empty), encoding="utf-8")


@pytest.fixture(scope="module", params=["bash", "zsh"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab started by path: its environment isn't on the PATH, and its output is no terminal.

    The user's shell puts a folder with another ``python`` first, as conda and pyenv make it do.
    """
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"no {request.param} here: apt install {request.param}")
    root = tmp_path_factory.mktemp("course")
    make_course(root)
    home = tmp_path_factory.mktemp("home")
    (home / "other").mkdir()
    for command in ("python", "alembic", "migration-lab"):
        shutil.copy("/bin/true", home / "other" / command)
    for startup in (".bashrc", ".zshrc"):
        (home / startup).write_text('export PATH="$HOME/other:$PATH" READ=yes\n', encoding="utf-8")
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": shell, "LANG": "C.UTF-8"}
    # The package may be on the path without being installed: this is where an installation puts the configuration.
    environment |= {"JUPYTER_CONFIG_PATH": str(CONFIGURATION), "PYTHONPATH": str(ROOT / "src")}
    command_line = [sys.executable, "-m", "migration_lab", "lab", "--no-browser", "--port=0"]
    command_line.append(f"--IdentityProvider.token={TOKEN}")
    log = root / "log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command_line, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while not (found := served_address(log.read_text(encoding="utf-8"))):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=30)


def served_address(log: str) -> str | None:
    """The address in Jupyter's log once it answers there: it is written down a moment before."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)(?=/)", log)
    with socket.socket() as trial:
        return found[0] if found and trial.connect_ex(("127.0.0.1", int(found[1]))) == 0 else None


def ask(url: str, method: str = "GET") -> Any:
    """The JSON that Jupyter's API answers."""
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_jupyterlab_asks_nothing_about_news_and_keeps_the_file_browser_where_it_is(address: str) -> None:
    """The question comes while ``fetchNews`` is unset; these are its defaults, so a user's own choice still wins."""
    settings = {each["id"]: each["schema"] for each in ask(f"{address}/lab/api/settings")["settings"]}
    notification = settings["@jupyterlab/apputils-extension:notification"]["properties"]
    assert notification["fetchNews"]["default"] == "false"
    assert notification["checkForUpdates"]["default"] is False
    browser = settings["@jupyterlab/filebrowser-extension:browser"]["properties"]
    assert browser["navigateToCurrentDirectory"]["default"] is False


def test_the_opening_address_shows_the_first_lesson_and_the_root_and_keeps_the_token(address: str) -> None:
    """Jupyter puts its token behind the address that it opens, so the file browser's parameter comes by redirection."""
    with urllib.request.urlopen(f"{address}/?token={TOKEN}", timeout=30) as page:
        assert page.status == 200
        assert page.url == f"{address}/lab/tree/notebooks/00_start.ipynb?file-browser-path=/&token={TOKEN}"


def test_a_terminal_finds_the_commands_of_the_same_environment_first(address: str) -> None:
    name = ask(f"{address}/api/terminals", "POST")["name"]

    async def converse() -> str:
        url = f"ws{address.removeprefix('http')}/terminals/websocket/{name}?token={TOKEN}"
        connection = await websocket_connect(url)
        values = '"python=<$(command -v python)>" "cache=<$PYTHONDONTWRITEBYTECODE>" "own=<$READ>" "end=<>"'
        await connection.write_message(json.dumps(["stdin", rf'printf "%s\n" {values}' + "\r"]))
        said = ""
        while "\nend=<>" not in said:
            message = await connection.read_message()
            assert message is not None, f"the terminal ended: {said}"
            kind, *words = json.loads(message)
            said += str(words[0]) if kind == "stdout" else ""
        connection.close()
        return said

    said = cast(str, IOLoop().run_sync(converse, timeout=60))
    plain = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]|\r", "", said)
    answers = dict(re.findall(r"^(\w+)=<(.*)>$", plain, flags=re.MULTILINE))
    assert answers["python"] == str(Path(sys.executable).parent / "python")
    assert answers["cache"] == "1"
    assert answers["own"] == "yes", "the user's own start-up file is read too"


def test_an_installation_puts_the_configuration_where_jupyter_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {(ROOT / source): target for source, target in shared.items()} == {CONFIGURATION: "etc/jupyter"}


def test_a_terminal_that_the_user_configured_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    nothing = SimpleNamespace(extension_apps={})
    configured = SimpleNamespace(terminado_settings={"shell_command": ["fish"]}, extension_manager=nothing)
    server._link_jupyter_server_extension(cast(Any, configured))
    assert configured.terminado_settings == {"shell_command": ["fish"]}


def test_the_environment_comes_first_on_the_path_once_and_the_rest_keeps_its_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = server.command_folders()
    monkeypatch.setattr(os, "environ", {"PATH": os.pathsep.join(["/one", ours[0], "/two"])})
    server.prepare_environment()
    server.prepare_environment()
    assert os.environ["PATH"].split(os.pathsep) == [*ours, "/one", "/two"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("form", [["--port", "{}"], ["--port={}"], ["--ServerApp.port={}"], ["--port=0", "--port={}"]])
def test_a_port_that_is_taken_is_named_with_the_way_to_choose_another(
    course: Path, taken_port: int, form: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "--no-browser", *(part.format(taken_port) for part in form)]) == 2
    said = capfd.readouterr()
    assert said.err == (
        f"Port {taken_port} is in use: choose another, "
        f'such as make lab LAB_ARGS="--port {taken_port + 1 if taken_port < 65535 else 8888}"\n'
    )
    assert said.out == ""


def test_a_free_port_and_no_port_are_fine(taken_port: int) -> None:
    """With no port named Jupyter takes the next free one by itself."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        free = once.getsockname()[1]
    require_free_port(["--port", str(free)])
    require_free_port(["--no-browser"])
    with pytest.raises(LabError, match="in use"):
        require_free_port(["--port", str(taken_port), "--ip=127.0.0.1"])


@pytest.mark.parametrize("arguments", [["--port", "many"], ["--port=65536"], ["--port"]])
def test_what_is_no_port_is_refused(arguments: list[str]) -> None:
    with pytest.raises(LabError, match="a port is a number from 1 to 65535"):
        require_free_port(arguments)


def test_outside_the_course_the_lab_says_what_is_missing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / server.START_NOTEBOOK).unlink()
    assert main(["lab"]) == 2
    assert capsys.readouterr().err == f"{course / server.START_NOTEBOOK} is missing: run this in the course's folder\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--fast"], ["reset", "everything"]])
def test_bad_usage_is_one_line_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("migration-lab")
    assert said.endswith("--help)\n")
    assert said.count("\n") == 1


def test_the_command_starts_without_loading_jupyter() -> None:
    """A mistyped command is answered at once, and ``make lab`` adds little to JupyterLab's own start."""
    heavy = "{'jupyterlab', 'jupyter_server', 'nbclient', 'pandas', 'ipywidgets', 'tqdm'}"
    code = f"import sys, migration_lab.__main__, migration_lab.lab.launch; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
