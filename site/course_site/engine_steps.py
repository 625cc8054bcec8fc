"""The steps of the engine tables, and what a table may have that a rebuild loses: each is run on real databases."""

from __future__ import annotations

from dataclasses import dataclass

from course_site.failing_runs import sql

FLAG = 'sa.Column("is_active", sa.Boolean(), {})'
ADD_NULLABLE = f'op.add_column("users", {FLAG.format("nullable=True")})'
ADD_DEFAULT = f'op.add_column("users", {FLAG.format("nullable=False, server_default=sa.true()")})'
ONE_AS_TEXT = 'nullable=False, server_default="1"'
BATCH = 'with op.batch_alter_table("users") as batch: batch.alter_column("is_active", {})'
FILL = 'op.execute(sa.update(sa.table("users", sa.column("is_active", sa.Boolean()))).values(is_active=sa.true()))'
FILLED = f"{ADD_NULLABLE}\n{FILL}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a migration to try, after ``before`` has run without a fault, and where that leaves the table."""

    code: str
    before: str = ""
    where: str = ""


STEPS = (
    Step(f'op.add_column("users", {FLAG.format("nullable=False")})'),
    Step(f'op.add_column("users", {FLAG.format("nullable=False")})', sql("DELETE FROM users"), "on an empty table"),
    Step(ADD_NULLABLE),
    Step(f'op.add_column("users", {FLAG.format(ONE_AS_TEXT)})'),
    Step(ADD_DEFAULT),
    Step('op.add_column("users", sa.Column("at", sa.DateTime(), nullable=False, server_default=sa.func.now()))'),
    Step('op.add_column("users", sa.Column("handle", sa.String(60), unique=True))'),
    Step(FILL, ADD_NULLABLE, "on a nullable column"),
    Step('op.alter_column("users", "is_active", nullable=False)', FILLED, "on a nullable column, filled"),
    Step(BATCH.format("existing_type=sa.Boolean(), nullable=False"), FILLED, "on a nullable column, filled"),
    Step(BATCH.format("existing_type=sa.Boolean(), nullable=False"), ADD_NULLABLE, "on a nullable column, not filled"),
    Step('op.alter_column("users", "is_active", server_default=None)', ADD_DEFAULT, "on a column that has a default"),
    Step(
        BATCH.format("existing_type=sa.Boolean(), server_default=None"), ADD_DEFAULT, "on a column that has a default"
    ),
    Step('op.drop_column("users", "is_active")', ADD_NULLABLE),
)

# What a table may have that a rebuild by batch mode doesn't bring back, each as SQLite's own SQL.
HANDMADE = {
    "UNIQUE beside a column": ("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50) UNIQUE, flag BOOLEAN)",),
    "UNIQUE as a line of its own": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50), flag BOOLEAN, UNIQUE (name))",
    ),
    "CHECK without a name": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT CHECK (length(name) > 1), flag BOOLEAN)",
    ),
    "CHECK with a name": (
        (
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN, CONSTRAINT "
            "long_name CHECK (length(name) > 1))"
        ),
    ),
    "AUTOINCREMENT": ("CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, flag BOOLEAN)",),
    "COLLATE NOCASE": ("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, flag BOOLEAN)",),
    "a trigger": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN)",
        "CREATE TRIGGER careful BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END",
    ),
    "an index on an expression": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN)",
        "CREATE INDEX small_name ON users (lower(name))",
    ),
    "an index on a part of the rows": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag BOOLEAN)",
        "CREATE INDEX active ON users (name) WHERE flag",
    ),
    "STRICT": ("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, flag INTEGER) STRICT",),
}


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A table made by hand by these statements, and then rebuilt by batch mode."""

    made_by: tuple[str, ...]

    @property
    def before(self) -> str:
        return sql("DROP TABLE users", *self.made_by)

    @property
    def code(self) -> str:
        return 'with op.batch_alter_table("users") as batch: batch.alter_column("flag", nullable=False)'
