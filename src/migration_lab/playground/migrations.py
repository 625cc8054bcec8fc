"""Write the migrations of a scenario, as a learner would write them."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lab.playground.choices import Scenario, Strategy
from migration_lab.playground.source import INDENT, WIDTH, Call, add_column, alter_column, in_batch, statement


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One file of ``migrations/versions``."""

    name: str
    revision: str
    text: str


def write_migrations(scenario: Scenario) -> tuple[MigrationFile, ...]:
    """The files of a scenario, first to last. They build on revision 0001, which makes the table."""
    column, kind, value = scenario.column, scenario.type.facts.source, quoted(scenario.literal)
    default = f"server_default={value}"
    drop = (f'op.drop_column("users", "{column}")',)
    add = add_column(column, kind, "nullable=False", default)
    backfill = (
        *add_column(column, kind, "nullable=True"),
        f'users = sa.table("users", sa.column("{column}"))',
        f"missing = users.c.{column}.is_(None)",
        *_fill(f"values({column}={value})"),
    )
    existing = f"existing_type={kind}"
    steps: list[tuple[tuple[str, ...], tuple[str, ...]]]
    match scenario.strategy:
        case Strategy.PLAIN:
            steps = [(add_column(column, kind, "nullable=False"), drop)]
        case Strategy.NULLABLE:
            steps = [(add_column(column, kind, "nullable=True"), drop)]
        case Strategy.SERVER_DEFAULT:
            steps = [(add, drop)]
        case Strategy.DROP_DEFAULT:
            forget, restore = (
                in_batch(alter_column(column, existing, option)) for option in ("server_default=None", default)
            )
            steps = [(add, drop), (forget, restore)]
        case Strategy.THREE_STEPS:
            tighten = statement("op.alter_column", '"users"', f'"{column}"', existing, "nullable=False")
            steps = [((*backfill, *tighten), drop)]
        case Strategy.BATCH:
            tighten = in_batch(alter_column(column, existing, "nullable=False"))
            steps = [((*backfill, *tighten), in_batch(Call("batch_op.drop_column", (f'"{column}"',))))]
    messages = (f"add {column}", f"drop the default of {column}")
    return tuple(
        _file(number, message, upgrade, downgrade)
        for number, (message, (upgrade, downgrade)) in enumerate(zip(messages, steps, strict=False), 2)
    )


def quoted(text: str) -> str:
    """Text as a Python literal, in double quotes where that needs no escaping of quotes."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if "'" not in text and '"' not in text else literal


def _fill(values: str) -> tuple[str, ...]:
    whole = f"op.execute(sa.update(users).where(missing).{values})"
    if len(INDENT + whole) <= WIDTH:
        return (whole,)
    return ("op.execute(", *(f"{INDENT}{line}" for line in ("sa.update(users)", ".where(missing)", f".{values}")), ")")


def _file(number: int, message: str, upgrade: tuple[str, ...], downgrade: tuple[str, ...]) -> MigrationFile:
    revision, before = f"{number:04}", f"{number - 1:04}"
    lines = [
        f'"""{message}',
        "",
        f"Revision ID: {revision}",
        f"Revises: {before}",
        '"""',
        "",
        "import sqlalchemy as sa",
        "from alembic import op",
        "",
        f'revision = "{revision}"',
        f'down_revision = "{before}"',
        "branch_labels = None",
        "depends_on = None",
        "",
        "",
        "def upgrade() -> None:",
        *(f"    {line}" for line in upgrade),
        "",
        "",
        "def downgrade() -> None:",
        *(f"    {line}" for line in downgrade),
    ]
    return MigrationFile(f"{revision}_{message.replace(' ', '_')}.py", revision, "\n".join(lines) + "\n")
