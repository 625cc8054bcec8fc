"""What one workshop is run with: decided by the command line, read by the hub's configuration."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "MIGRATION_LAB_WORKSHOP"
COURSE = Path(__file__).resolve().parent.parent
INSTRUCTOR = "instructor"

_FIRST = (
    "amber",
    "basil",
    "cedar",
    "clover",
    "coral",
    "fennel",
    "ginger",
    "hazel",
    "juniper",
    "maple",
    "olive",
    "saffron",
)
_SECOND = (
    "badger",
    "beaver",
    "bison",
    "falcon",
    "heron",
    "ibex",
    "lynx",
    "magpie",
    "marten",
    "otter",
    "puffin",
    "walrus",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """One workshop.

    ``separate`` gives every learner a system account; without it they share one, and can read everything. ``memory``
    is in bytes, a learner; ``idle`` is how many seconds without any sign of life end a server. An account is named
    ``prefix`` and the learner's name.
    """

    state: Path
    homes: Path
    word: str
    instructor_word: str
    proxy: Path
    separate: bool = True
    address: str = "127.0.0.1"
    port: int = 8000
    memory: int = 1 << 30
    idle: int = 3600
    prefix: str = "lab-"
    certificate: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    @property
    def shared(self) -> Path:
        """Where what learners agree to share is put: a folder each."""
        return self.state / "shared"

    def account(self, learner: str) -> str:
        """The system account of a learner."""
        return self.prefix + learner

    def environment(self) -> dict[str, str]:
        """The settings for a process to be started. An environment, unlike a command line, is private."""
        return {VARIABLE: json.dumps(asdict(self), default=str)}

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings that :meth:`environment` made."""
        fields = json.loads(os.environ[VARIABLE])
        for name in ("state", "homes", "proxy", "certificate", "key"):
            fields[name] = Path(fields[name]) if fields[name] else None
        return cls(**fields)


def new_word() -> str:
    """A word to write on the whiteboard: easy to type, and over a million others like it."""
    return f"{secrets.choice(_FIRST)}-{secrets.choice(_SECOND)}-{secrets.randbelow(9000) + 1000}"


def default_state() -> Path:
    """The folder of the hub's own files: they outlive a workshop, so that a restart knows everyone again."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib/migration-lab-workshop")
    return Path.home() / ".local/share/migration-lab-workshop"
