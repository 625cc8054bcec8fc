"""Setting up: what ``make`` does on a new machine, and the one line that it says where the machine lacks something."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = shutil.which("make") or "make"
OLD_PYTHONS = sorted(
    path
    for version in ("2.7", "3.6", "3.9", "3.10")
    for path in (Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python")
)
# For machines without an old Python: this one, made to say that it is 3.9 before it reads the file.
PRETENDED = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path(sys.argv[1], run_name='__main__')"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with all that setting up reads, and no environment yet."""
    root = tmp_path / "course"
    (root / "src").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "src/bootstrap.py", "src/bootstrap_install.py"):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def installer(course: Path) -> ModuleType:
    """``bootstrap_install`` as a module of ``course``; it isn't part of the package."""
    spec = importlib.util.spec_from_file_location("bootstrap_install", course / "src/bootstrap_install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(
    command: list[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in ``folder``, as from a terminal outside any make, with ``environment`` added."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command, cwd=folder, env={**inherited, **(environment or {})}, capture_output=True, text=True, check=False
    )


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that refused with exit code 2."""
    assert done.returncode == 2, done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("python", [*OLD_PYTHONS, None], ids=lambda path: path.parts[-3] if path else "pretended 3.9")
def test_an_old_python_is_told_which_one_is_needed_and_nothing_is_made(course: Path, python: Path | None) -> None:
    command = [python] if python else [sys.executable, "-c", PRETENDED]
    line = refusal(run([*command, course / "src/bootstrap.py"], course))
    assert "Python 3.11 or newer is needed" in line
    assert "make PYTHON=" in line
    assert not (course / ".venv").exists()


def test_make_takes_the_python_that_it_is_given(course: Path, tmp_path: Path) -> None:
    python = script(tmp_path / "named python", 'echo "given: $*"; exit 3')
    done = run([MAKE, "lab", f"PYTHON={python}"], course)
    assert "given: src/bootstrap.py" in done.stdout


def test_a_machine_without_python_is_told_so(course: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    line = refusal(run([MAKE, "lab"], course, {"PATH": str(tmp_path / "empty")}))
    assert "Python 3.11 or newer is needed" in line


@pytest.mark.parametrize(
    "lacking", ["import sys; sys.modules['ensurepip'] = None", "import sys; sys.modules['venv'] = None"]
)
def test_a_python_without_ensurepip_or_venv_names_the_package_to_install(
    course: Path, tmp_path: Path, lacking: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(lacking, encoding="utf-8")
    line = refusal(run([MAKE, "lab", f"PYTHON={sys.executable}"], course, {"PYTHONPATH": str(tmp_path)}))
    assert "sudo apt install python3-venv" in line
    assert not (course / ".venv").exists()


def test_an_environment_that_python_gives_up_half_made_is_removed(course: Path, tmp_path: Path) -> None:
    """Some Debians have ensurepip without the packages that it installs: venv finds out after it began."""
    python = script(tmp_path / "python", 'mkdir "$3"; echo "because ensurepip is not available"; exit 1')
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys._base_executable = {str(python)!r}", encoding="utf-8")
    line = refusal(run([MAKE, "lab", f"PYTHON={sys.executable}"], course, {"PYTHONPATH": str(tmp_path)}))
    assert "sudo apt install python3-venv" in line
    assert not (course / ".venv").exists()


def test_without_a_network_the_line_says_so_and_names_the_log_of_pip(course: Path) -> None:
    """A real environment and a real pip, whose index is a port of this machine that nothing listens to."""
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull}
    nowhere_else = {"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    line = refusal(run([MAKE, "lab", f"PYTHON={sys.executable}"], course, {**unreachable, **nowhere_else}))
    log = course / ".venv/install.log"
    assert "pip cannot reach its package index" in line
    assert str(log) in line
    assert "127.0.0.1" in log.read_text(encoding="utf-8")
    assert not list((course / ".venv").glob("installed*"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ERROR: [Errno 28] No space left on device", "No space left on the disk"),
        ("NewConnectionError: Temporary failure in name resolution", "pip cannot reach its package index"),
        ("ERROR: No matching distribution found for jupyterlab", "No matching distribution found for jupyterlab"),
    ],
)
def test_a_failed_installation_says_why_and_leaves_no_stamp_of_an_earlier_one(
    course: Path, installer: ModuleType, words: str, expected: str
) -> None:
    script(course / ".venv/bin/python", f'[ "$1" = -c ] && exit 0; echo "{words}"; exit 1')
    for stamp in ("installed", "installed-test"):
        (course / ".venv" / stamp).write_text(str(course), encoding="utf-8")
    with pytest.raises(installer.SetupError, match=expected) as caught:
        installer.install(course, ["test"])
    assert str(course / ".venv/install.log") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list((course / ".venv").glob("installed*"))


def test_an_interrupted_installation_leaves_no_stamp(course: Path, installer: ModuleType) -> None:
    """As Ctrl-C does: pip is stopped, and so are we."""
    script(course / ".venv/bin/python", '[ "$1" = -c ] && exit 0; kill -INT $PPID; sleep 5')
    (course / ".venv/installed").write_text(str(course), encoding="utf-8")
    done = run([sys.executable, course / "src/bootstrap.py"], course)
    assert done.returncode == 130, done
    assert "Traceback" not in done.stderr
    assert not list((course / ".venv").glob("installed*"))


def test_a_complete_installation_leaves_a_stamp_for_each_part_installed(course: Path, installer: ModuleType) -> None:
    script(course / ".venv/bin/python", '[ "$1" = -c ] || echo "$@"')
    installer.install(course, [])
    assert [path.name for path in (course / ".venv").glob("installed*")] == ["installed"]
    assert "install --no-input --editable .[course]" in (course / ".venv/install.log").read_text(encoding="utf-8")
    installer.install(course, ["test"])
    assert sorted(path.name for path in (course / ".venv").glob("installed*")) == ["installed", "installed-test"]
    assert "--editable .[course,test]" in (course / ".venv/install.log").read_text(encoding="utf-8")


def test_an_environment_that_was_moved_is_made_anew(
    course: Path, installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(course / ".venv/bin/python", "exit 0")
    (course / ".venv/installed").write_text("/where/it/was\n", encoding="utf-8")
    made: list[Path] = []
    monkeypatch.setattr(installer, "make_environment", made.append)
    installer.install(course, [])
    installer.install(course, [])
    assert made == [course / ".venv"], "once, for the move"


class TestMakeInstalls:
    """Whether make installs before it opens JupyterLab, by the commands that it would run."""

    @pytest.fixture
    def installed(self, course: Path) -> Path:
        """A course with a complete installation in it."""
        script(course / ".venv/bin/python", "exit 0")
        (course / ".venv/installed").write_text(f"{course}\n", encoding="utf-8")
        return course

    @staticmethod
    def plan(course: Path, target: str = "lab") -> str:
        done = run([MAKE, "--dry-run", target], course)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_nothing_when_all_is_there(self, installed: Path) -> None:
        assert self.plan(installed).split() == ["python", "-m", "migration_lab", "lab"]

    def test_again_when_the_dependencies_changed(self, installed: Path) -> None:
        later = (installed / ".venv/installed").stat().st_mtime + 1
        os.utime(installed / "pyproject.toml", (later, later))
        assert "src/bootstrap.py" in self.plan(installed)

    def test_again_when_the_stamp_is_missing(self, installed: Path) -> None:
        (installed / ".venv/installed").unlink()
        assert "src/bootstrap.py" in self.plan(installed)

    def test_again_when_the_folder_was_moved(self, installed: Path) -> None:
        moved = installed.rename(installed.with_name("moved"))
        assert "src/bootstrap.py" in self.plan(moved)

    def test_again_when_the_python_is_gone(self, installed: Path) -> None:
        (installed / ".venv/bin/python").unlink()
        assert "src/bootstrap.py" in self.plan(installed)

    def test_the_tools_of_the_tests_when_the_tests_run(self, installed: Path) -> None:
        assert "src/bootstrap.py test" in self.plan(installed, "test")


def test_make_passes_arguments_on_and_puts_the_environment_first_on_the_path(course: Path) -> None:
    script(course / ".venv/bin/python", 'echo "$0 $*"')
    (course / ".venv/installed").write_text(f"{course}\n", encoding="utf-8")
    done = run([MAKE, "lab", "LAB_ARGS=--no-browser --port 9000"], course)
    assert done.stdout == f"{course}/.venv/bin/python -m migration_lab lab --no-browser --port 9000\n"


def test_make_test_all_asks_for_the_exhaustive_tests_and_make_test_does_not(course: Path) -> None:
    script(course / ".venv/bin/python", 'echo "all=$MIGRATION_LAB_TEST_ALL $*"')
    for stamp in ("installed", "installed-test"):
        (course / ".venv" / stamp).write_text(f"{course}\n", encoding="utf-8")
    unset = {"MIGRATION_LAB_TEST_ALL": ""}
    told = run([MAKE, "test", "TEST_ARGS=-k lock"], course, unset).stdout
    workers = re.fullmatch(r"all= -m pytest (-n \d+) -k lock\n", told)
    assert workers
    # Where others see them run, the tests run as they do here.
    workflow = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    assert f"- run: python -m pytest {workers[1]}\n" in workflow
    assert run([MAKE, "test-all"], course, unset).stdout.startswith("all=1 -m pytest")


def test_make_alone_lists_every_target_in_one_line_each() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = next(line for line in text.splitlines() if line.startswith(".PHONY: help")).split()[1:]
    lines = run([MAKE], ROOT).stdout.splitlines()
    assert [line.split()[1] for line in lines] == targets
    assert all(len(line.split()) > 4 for line in lines)


def test_a_skipped_test_is_a_failed_one_where_nothing_may_be_left_out(tmp_path: Path) -> None:
    """A skip, an expected failure and a module that skips itself: each fails, and is named with its reason."""
    shutil.copy(ROOT / "tests/conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_parts.py").write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "@pytest.mark.skip(reason='no browser')\ndef test_skips(): pass\n"
        "@pytest.mark.xfail(reason='known fault')\ndef test_expected(): assert False\n",
        encoding="utf-8",
    )
    (tmp_path / "test_module.py").write_text("import pytest\npytest.importorskip('absent')\n", encoding="utf-8")
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "-rA"]
    command += ["--continue-on-collection-errors", "--rootdir", tmp_path, tmp_path]
    lenient = run(command, tmp_path, {"MIGRATION_LAB_REQUIRE": ""})
    assert lenient.returncode == 0, lenient.stdout
    strict = run(command, tmp_path, {"MIGRATION_LAB_REQUIRE": "all"})
    assert strict.returncode == 1, strict.stdout
    closing = strict.stdout.splitlines()[-1]
    assert "1 failed, 1 passed, 2 errors" in closing, "a skip and a skipped module never came to their call"
    for reason in ("no browser", "known fault", "could not import 'absent'"):
        assert f"must run here (MIGRATION_LAB_REQUIRE=all) and did not: {reason}" in strict.stdout.replace(
            "Skipped: ", ""
        )
