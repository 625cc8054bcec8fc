"""Findings that somebody has looked at and accepted, in a file that is kept beside the migrations.

    {"version": 1, "accepted": [{"rule": "index-lost", "table": "users", "name": "ix_old", "reason": "nobody used it"}]}

An entry accepts the findings that are the same in all that it says: ``rule``, ``table``, ``name``, ``revision``. A
reason is required: a year later, nobody knows it otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from migration_lab.rehearsal.report import Finding, RehearsalError
from migration_lab.rehearsal.rules import RULES

_KEYS = ("rule", "table", "name", "revision")


@dataclass(frozen=True)
class Baseline:
    """The accepted findings. Each entry goes from what it says to the value it has to have."""

    entries: tuple[dict[str, str], ...] = ()

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """The baseline in a file. Raises RehearsalError for one that can't be read as such."""
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RehearsalError(f"The baseline {file} can't be read: {' '.join(str(error).split())}.") from None
        accepted = content.get("accepted") if isinstance(content, dict) and content.get("version") == 1 else None
        if not isinstance(accepted, list):
            raise RehearsalError(f'The baseline {file} is none: it has to be {{"version": 1, "accepted": [...]}}.')
        for entry in accepted:
            if not isinstance(entry, dict) or entry.get("rule") not in RULES:
                raise RehearsalError(f"The baseline {file} has an entry without a rule that there is: {entry!r}.")
            if not str(entry.get("reason") or "").strip():
                raise RehearsalError(f"The baseline {file} has an entry without a reason: {entry!r}.")
            unknown = set(entry) - {*_KEYS, "reason"}
            if unknown:
                raise RehearsalError(f"The baseline {file} has an entry with {', '.join(sorted(unknown))}: {entry!r}.")
        return cls(tuple({key: str(entry[key]) for key in _KEYS if key in entry} for entry in accepted))

    def knows(self, finding: Finding) -> bool:
        """Whether somebody has accepted it."""
        return any(all(getattr(finding, key) == value for key, value in entry.items()) for entry in self.entries)
