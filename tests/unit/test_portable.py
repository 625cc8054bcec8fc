"""What keeps the course running on Windows and macOS, as far as its files show it.

The hub is left out: it serves a room from Linux.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from migration_lab.lab.server import prepare_environment

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PACKAGE = sorted((ROOT / "src").rglob("*.py"))
# Not part of Python on Windows (documentation of the standard library, "Availability").
POSIX_MODULES = frozenset(
    {
        "crypt",
        "curses",
        "fcntl",
        "grp",
        "nis",
        "posix",
        "pty",
        "pwd",
        "readline",
        "resource",
        "syslog",
        "termios",
        "tty",
    }
)
POSIX_CALLS = frozenset(
    {
        *("chown", "chroot", "fchmod", "fchown", "fork", "forkpty", "geteuid", "getgid", "getpgid", "getuid", "killpg"),
        *("lchown", "link", "mkfifo", "mknod", "nice", "openpty", "setgid", "setpgid", "setsid", "setuid", "statvfs"),
        *("symlink", "symlink_to", "hardlink_to", "sysconf", "uname", "wait3", "wait4", "alarm", "pthread_kill"),
        *("SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "add_signal_handler", "preexec_fn"),
    }
)
SHELL = re.compile(
    r"^\s*!|=\s*!|^\s*%%?(bash|sh|cmd|script|sx|system|ruby|perl|cd|env|ls|cat|cp|mv|rm|mkdir)\b", re.MULTILINE
)


def code_cells(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def without_magics(source: str) -> str:
    """A cell as plain Python: empty where its first line says that it is something else."""
    return "" if source.startswith("%%") else "\n".join(line for line in source.splitlines() if line[:1] != "%")


def sources() -> Iterator[tuple[str, str]]:
    """Where it is and its text, for each file of the package and each cell of the lessons."""
    for path in PACKAGE:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        for number, source in enumerate(code_cells(path)):
            yield f"{path.name}, code cell {number}", without_magics(source)


def is_guarded(tree: ast.AST, name: str) -> bool:
    """True where the file asks first whether this system has ``name``, or is Windows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr":
            values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if name in values:
                return True
    return False


def posix_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in POSIX_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.partition(".")[0] in POSIX_MODULES:
                yield node.module
            if node.module in {"os", "signal"}:
                yield from (alias.name for alias in node.names if alias.name in POSIX_CALLS)
        elif isinstance(node, ast.Attribute) and node.attr in POSIX_CALLS and not is_guarded(tree, node.attr):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner in {"os", "signal", "loop"} or node.attr in {"symlink_to", "hardlink_to"}:
                yield node.attr
        elif isinstance(node, ast.keyword) and node.arg == "preexec_fn":
            yield node.arg


def test_nothing_that_only_posix_systems_have_is_used_unasked() -> None:
    found = {where: names for where, text in sources() if (names := sorted(set(posix_names(ast.parse(text)))))}
    assert found == {}


@pytest.mark.parametrize(
    "code",
    ["import fcntl", "from os import fork", "os.fork()", "signal.SIGKILL", "path.symlink_to(other)", "import pwd as p"],
)
def test_the_search_for_posix_sees_it(code: str) -> None:
    assert list(posix_names(ast.parse(code)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_lesson_calls_a_shell(path: Path) -> None:
    """cmd.exe and PowerShell speak another language."""
    assert [source for source in code_cells(path) if SHELL.search(source) or "get_ipython().system" in source] == []


@pytest.mark.parametrize("cell", ["!ls", "%%bash\nls", "files = !ls", "%cd ..", "x = 1\n  !pip install y", "%%sh -e"])
def test_the_search_for_a_shell_sees_it(cell: str) -> None:
    assert SHELL.search(cell)


def without_encoding(tree: ast.AST) -> Iterator[int]:
    """The lines that open a text file in the encoding of whatever machine they run on."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        keywords = {keyword.arg for keyword in node.keywords}
        if "encoding" in keywords or None in keywords:
            continue
        if (name == "read_text" and not node.args) or (name == "write_text" and len(node.args) == 1):
            yield node.lineno
        elif name in {"open", "fdopen", "NamedTemporaryFile"}:
            modes = [argument for argument in node.args if isinstance(argument, ast.Constant)]
            modes += [keyword.value for keyword in node.keywords if isinstance(keyword.value, ast.Constant)]
            is_method = isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name)
            texts = [mode.value for mode in modes if isinstance(mode.value, str)]
            is_binary = any(re.fullmatch(r"[rwaxb+]*b[rwaxb+]*", text) for text in texts)
            is_ours = name != "open" or isinstance(node.func, ast.Name) or is_method or bool(texts)
            if is_ours and not is_binary:
                yield node.lineno


def test_text_files_are_opened_with_an_encoding() -> None:
    """Windows would use its own code page."""
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in PACKAGE
        if (lines := list(without_encoding(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == {}


def test_the_lessons_cells_read_and_write_utf_8_without_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson isn't about encodings: its kernel starts in Python's UTF-8 mode, whatever the machine's own is."""
    monkeypatch.setattr(os, "environ", {name: text for name, text in os.environ.items() if name != "PYTHONUTF8"})
    prepare_environment()
    code = "import locale; print(locale.getpreferredencoding())"
    environment = {**os.environ, "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.lower().startswith("utf-8")


def git_files() -> list[tuple[str, str]]:
    """Mode and name of each file in git."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--stage", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    lines = (line.partition("\t") for line in listing.split("\0") if line)
    return [(about.split()[0], name) for about, _, name in lines]


def test_every_file_has_a_name_that_windows_and_macos_take() -> None:
    names = [name for _, name in git_files()]
    assert names
    reserved = re.compile(r'[<>:"|?*\\]|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.[^/]*)?(/|$)|[ .](/|$)', re.IGNORECASE)
    assert [name for name in names if reserved.search(name)] == []
    folded = [name.casefold() for name in names]
    assert len(set(folded)) == len(folded), "two names differ only in upper and lower case"
    assert [name for name in names if len(name) > 140] == [], "Windows takes paths of 260 characters"


def test_there_is_no_symlink() -> None:
    """On Windows git makes a text file of one."""
    assert [name for mode, name in git_files() if mode == "120000"] == []
