"""The migrations that the course shows are as narrow as its notebooks, and as a formatter would have written them."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

from migration_lab.engines import default_engine
from migration_lab.exercises import find, numbers
from migration_lab.playground import ENGINES, TYPES, ColumnType, Need, Scenario, Strategy, advise, write_migrations
from migration_lab.playground.advice import UNIQUE_TYPES

WIDTH = Path(__file__).resolve().parents[2] / "notebooks" / "ruff.toml"


def complaints(folder: Path) -> str:
    """What ruff would change or finds too wide in the files of ``folder``, at the notebooks' width."""
    said = ""
    for command in (["check", "--select", "E501"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(WIDTH), str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stdout + done.stderr if done.returncode else ""
    return said


def test_a_wide_line_is_complained_of(tmp_path: Path) -> None:
    (tmp_path / "wide.py").write_text(f'x = "{"x" * 74}"\n', encoding="utf-8")
    assert complaints(tmp_path) == ""
    (tmp_path / "wide.py").write_text(f'x = "{"x" * 75}"\n', encoding="utf-8")
    assert "E501" in complaints(tmp_path)


def test_the_chooser_writes_as_people_do_whatever_is_answered(tmp_path: Path) -> None:
    answers = [
        Need(kind, required, one_value, unique, keep_default, writers, engine, tool)
        for kind, engine in itertools.product(TYPES, ENGINES)
        for required, one_value, unique, keep_default, writers, tool in itertools.product((True, False), repeat=6)
    ]
    for number, need in enumerate(answers):
        if not need.unique or need.type in UNIQUE_TYPES:
            for revision, text in advise(need).files():
                (tmp_path / f"need_{number}_{revision}.py").write_text(text, encoding="utf-8")
    assert len(list(tmp_path.iterdir())) > len(TYPES)
    assert complaints(tmp_path) == ""


def test_the_playground_writes_as_people_do_whatever_is_chosen(tmp_path: Path) -> None:
    for kind, strategy in itertools.product(ColumnType, Strategy):
        for file in write_migrations(Scenario(default_engine(), 0, kind, strategy, kind.facts.literal)):
            (tmp_path / f"{kind.name}_{strategy.name}_{file.name}").write_text(file.text, encoding="utf-8")
    assert len(list(tmp_path.iterdir())) >= len(ColumnType) * len(Strategy)
    assert complaints(tmp_path) == ""


def test_an_exercises_files_and_the_answer_that_it_shows_fit_as_well(tmp_path: Path) -> None:
    for number in numbers():
        exercise = find(number)
        texts = {"skeleton.py": exercise.skeleton}
        for path in (exercise.folder / "start").rglob("*.py"):
            texts[f"start_{path.name}"] = path.read_text(encoding="utf-8")
        for name, text in exercise.answer_files(exercise.shown_answer()).items():
            texts[f"answer_{Path(name).name}"] = text
        assert len(texts) >= (2 if exercise.deploy else 3), number
        for name, text in texts.items():
            (tmp_path / f"exercise_{number.replace('.', '_')}_{name}").write_text(text, encoding="utf-8")
    assert complaints(tmp_path) == ""
