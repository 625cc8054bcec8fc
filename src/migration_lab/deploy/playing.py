"""Play a deploy step by step, and ask every version that is served after each: nothing is left to chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from migration_lab.deploy.calls import Call
from migration_lab.deploy.environments import Environment
from migration_lab.deploy.servers import Answer, DeployError


@dataclass(frozen=True, slots=True)
class Trial:
    """One request to one version, after or during a step, and what came back."""

    step: str
    version: str
    call: Call
    answer: Answer


@dataclass
class Played:
    """What came of a deploy: its requests in their order, and for each step that failed its name and why."""

    trials: list[Trial] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)

    @property
    def failures(self) -> list[Trial]:
        """The requests that failed."""
        return [trial for trial in self.trials if not trial.answer.works]


def play(place: Environment, steps: Iterable[str]) -> Played:
    """Do the steps one by one, whatever fails. While a version is being deployed, those before it are asked too.

    Raises ValueError for what is no step, DeployError once there is no time left to ask.
    """
    played = Played()
    for step in steps:
        old = list(place.serving)
        try:
            place.step(step)
        except (DeployError, SQLAlchemyError) as error:
            played.troubles.append((step, str(getattr(error, "orig", None) or error).splitlines()[0]))
        played.trials += _asked(place, step)
        new = [version for version in place.serving if version not in old]
        for version in old if new else ():
            place.finish(version)
        played.trials += _asked(place, step) if new else ()
    return played


def _asked(place: Environment, step: str) -> Iterator[Trial]:
    for version in place.serving:
        for call, answer in place.ask(version):
            yield Trial(step, version, call, answer)
