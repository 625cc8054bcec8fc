"""What an exercise is made of. Each one's ``task.py`` holds one ``TASK``, and its answers are migrations beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_lab.deploy import Environment
from migration_lab.exercises.evidence import Evidence
from migration_lab.exercises.meanwhile import Meanwhile
from migration_lab.exercises.verdict import Finding
from migration_lab.lessons import Stage


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a check looks at. ``judge`` gets what is known and returns findings, right or not.

    ``downgrade`` says that it wants to see the way back to the start as well, ``report`` that it wants the report of
    ``migration-lab rehearse``. ``timed`` says that chance may have a hand in it: what fails alone is looked at in a
    second rehearsal.
    """

    judge: Callable[[Evidence], Iterable[Finding]]
    downgrade: bool = False
    report: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One database that the learner's migrations must cope with.

    The replay starts from ``stage`` with the SQL of ``hidden`` run on it: rows that the learner hasn't seen. The
    first scene's stage is what the learner works on, so ``hidden`` may be empty only in further ones. ``meanwhile`` is
    what others do while it runs.
    """

    stage: Stage
    hidden: str
    requirements: tuple[Requirement, ...]
    name: str = ""
    meanwhile: Meanwhile | None = None


@dataclass(frozen=True, slots=True)
class Deploy:
    """A deploy by which an exercise is judged: the requests that fail in it, and what ``at_end`` finds after it.

    ``serving`` are the versions that people call when it begins. ``steps`` gets the learner's folder, and raises
    ValueError where what is in it says none.
    """

    serving: tuple[str, ...]
    steps: Callable[[Path], Sequence[str]]
    at_end: Callable[[Environment], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise. ``file`` is what the learner writes, in the folder ``inside`` of the project.

    Its skeleton is ``skeleton.py`` of the exercise's folder. Migrations are judged by their replay on the scenes; with
    ``deploy``, it is a deploy on the first scene that is judged.

    ``text`` and ``hints`` are paragraphs, lists, ``**bold**`` and code in backticks; each hint says a bit more.
    ``situation`` is how those sentences of ``text`` begin that only tell something; for all others, there is a wrong
    answer that breaks them.
    ``solution`` names the right answer that is shown, one that any engine takes; without it, that is the first.
    """

    title: str
    text: str
    hints: tuple[str, ...]
    file: str
    scenes: tuple[Scene, ...]
    folder: Path
    situation: tuple[str, ...]
    solution: str = ""
    inside: str = "migrations/versions"
    deploy: Deploy | None = None

    @property
    def path(self) -> str:
        """The learner's file, from the project's folder."""
        return f"{self.inside}/{self.file}".lstrip("/")

    @property
    def number(self) -> str:
        """As in ``"03.2"``: lesson and place in it, from where the exercise lies."""
        return f"{self.lesson}.{self.folder.name.removeprefix('exercise_')}"

    @property
    def lesson(self) -> str:
        """As in ``"03"``."""
        return self.folder.parent.name.removeprefix("lesson_")

    @property
    def stage(self) -> Stage:
        """The state that the learner starts from."""
        return self.scenes[0].stage

    @property
    def skeleton(self) -> str:
        """The text that the learner's migration starts as."""
        return (self.folder / "skeleton.py").read_text(encoding="utf-8")

    def answers(self, kind: str) -> list[Path]:
        """The exercise's answers of the kind ``right`` or ``wrong``: a migration file each, or a folder of files."""
        found = (self.folder / kind).iterdir()
        return sorted(path for path in found if path.suffix == ".py" or (path.is_dir() and path.name[0] not in "._"))

    def shown_answer(self) -> Path:
        """The right answer that the learner gets to see."""
        answers = self.answers("right")
        return next((answer for answer in answers if answer.stem == self.solution), answers[0])

    def answer_files(self, answer: Path) -> dict[str, str]:
        """The files of an answer: from the path inside the project to the text. An empty text deletes the file."""
        if answer.is_file():
            return {self.path: answer.read_text(encoding="utf-8")}
        places = {name: name for name in ("models.py", "baseline.json")} | {"env.py": "migrations/env.py"}
        return {
            places.get(path.name, f"migrations/versions/{path.name}"): path.read_text(encoding="utf-8")
            for path in sorted(answer.iterdir())
            if path.suffix in (".py", ".json")
        }
