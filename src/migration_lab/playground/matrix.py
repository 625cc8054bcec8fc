"""Run many scenarios, one after the other, so that whoever asked can stop between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from migration_lab.playground.choices import Scenario
from migration_lab.playground.running import Run, open_runs


@dataclass
class Matrix:
    """The scenarios asked for, and the runs of those that were run."""

    scenarios: Sequence[Scenario]
    runs: dict[Scenario, Run] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all were run."""
        return len(self.runs) == len(self.scenarios)


def run_matrix(matrix: Matrix, stopped: Callable[[], bool] = lambda: False) -> Iterator[Run]:
    """Run what isn't run yet, each in a folder of its own, and give each run as it is done.

    ``stopped`` is asked before each run.
    """
    with open_runs() as runs:
        for scenario in matrix.scenarios:
            if stopped():
                return
            if scenario not in matrix.runs:
                matrix.runs[scenario] = runs.run(scenario)
                yield matrix.runs[scenario]
