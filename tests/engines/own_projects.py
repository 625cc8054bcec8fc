"""Alembic projects that aren't the course's, made by ``alembic init``, for the tests of ``migration-lab rehearse``."""

from __future__ import annotations

import io
import sqlite3
import textwrap
from contextlib import closing, redirect_stdout
from hashlib import sha256
from pathlib import Path

from alembic import command
from alembic.config import Config

ROWS = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50), is_active BOOLEAN);
INSERT INTO users VALUES (1, 'adi', 1), (2, 'john', NULL), (3, 'zoe', NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);
INSERT INTO orders VALUES (1, 1), (2, 2);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO alembic_version VALUES ('0001');
"""
ADD = 'op.add_column("users", sa.Column("bio", sa.String(20), server_default="-", nullable=False))'
DROP = 'op.drop_column("users", "bio")'


def init(folder: Path, template: str = "generic", url: str = "sqlite:///app.db") -> Path:
    """``alembic init`` in the folder, pointed to ``url``, with a first revision. Returns the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    ini, toml = folder / "alembic.ini", folder / "pyproject.toml"
    config = Config(ini, toml_file=toml if template.startswith("pyproject") else None)
    with redirect_stdout(io.StringIO()):
        command.init(config, str(folder / "migrations"), template=template)
    text = ini.read_text(encoding="utf-8")
    placeholder = "driver://user:pass@localhost/dbname"
    assert placeholder in text
    ini.write_text(text.replace(placeholder, url.replace("%", "%%")), encoding="utf-8")
    revision(folder, 1, "pass")
    return ini


def revision(folder: Path, number: int, upgrade: str, downgrade: str = "pass", down: str | None = None) -> Path:
    """Write a migration."""
    before = down if down is not None else f"{number - 1:04}" if number > 1 else None
    body = "def {}() -> None:\n{}\n"
    path = folder / "migrations" / "versions" / f"{number:04}_it.py"
    path.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "{number:04}"\ndown_revision = {before!r}\n'
        + body.format("upgrade", textwrap.indent(textwrap.dedent(upgrade), "    "))
        + body.format("downgrade", textwrap.indent(textwrap.dedent(downgrade), "    ")),
        encoding="utf-8",
    )
    return path


def database(path: Path, script: str = ROWS) -> Path:
    """A database file with rows."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()
    return path


def all_files(folder: Path) -> dict[str, str]:
    """Every file below the folder, and its hash."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
