"""The Alembic Config of a project, for a Python that goes on afterwards."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from alembic.config import Config


def project_config(folder: Path, *, stdout: io.TextIOBase | None = None) -> Config:
    """The Alembic Config of a project folder, for use inside a running Python.

    ``stdout`` takes what commands print; by default whatever ``sys.stdout`` is at that moment, so that the text lands
    under the cell that runs.
    """
    return Config(
        folder / "alembic.ini",
        stdout=stdout or _CurrentStdout(),  # type: ignore[arg-type]
        attributes={"configure_logger": False},
    )


def set_option(folder: Path, name: str, value: str) -> None:
    """Write an option into the section ``[alembic]`` of a project's ``alembic.ini``, in place of an earlier value.

    In ``value``, ``%(here)s`` stands for the folder, and any other ``%`` is written twice.
    """
    ini = folder / "alembic.ini"
    text = re.sub(rf"(?m)^{re.escape(name)} = .*\n", "", ini.read_text(encoding="utf-8"))
    ini.write_text(text.replace("[alembic]\n", f"[alembic]\n{name} = {value}\n", 1), encoding="utf-8")


class _CurrentStdout(io.TextIOBase):
    """Alembic keeps the stdout it is given; a notebook changes its own from cell to cell."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(sys.stdout, "encoding", None) or "utf-8"
