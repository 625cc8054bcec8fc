"""Write the migrations of a scenario, as a learner would write them."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lab.playground.choices import Scenario, Strategy


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One file of ``migrations/versions``."""

    name: str
    revision: str
    text: str


def write_migrations(scenario: Scenario) -> tuple[MigrationFile, ...]:
    """The files of a scenario, first to last. They build on revision 0001, which makes the table."""
    column, kind, value = scenario.column, scenario.type.facts.source, quoted(scenario.literal)
    drop = f'op.drop_column("users", "{column}")'
    batch = 'with op.batch_alter_table("users") as batch_op:'
    backfill = [
        _add_column(column, kind, "nullable=True"),
        f'users = sa.table("users", sa.column("{column}"))',
        f"op.execute(sa.update(users).where(users.c.{column}.is_(None)).values({column}={value}))",
    ]
    tighten = f"existing_type={kind}, nullable=False)"
    match scenario.strategy:
        case Strategy.PLAIN:
            steps = [([_add_column(column, kind, "nullable=False")], [drop])]
        case Strategy.NULLABLE:
            steps = [([_add_column(column, kind, "nullable=True")], [drop])]
        case Strategy.SERVER_DEFAULT:
            steps = [([_add_column(column, kind, "nullable=False", f"server_default={value}")], [drop])]
        case Strategy.DROP_DEFAULT:
            alter = f'    batch_op.alter_column("{column}", existing_type={kind}, server_default='
            steps = [
                ([_add_column(column, kind, "nullable=False", f"server_default={value}")], [drop]),
                ([batch, f"{alter}None)"], [batch, f"{alter}{value})"]),
            ]
        case Strategy.THREE_STEPS:
            steps = [([*backfill, f'op.alter_column("users", "{column}", {tighten}'], [drop])]
        case Strategy.BATCH:
            drop_in_batch = [batch, f'    batch_op.drop_column("{column}")']
            steps = [([*backfill, batch, f'    batch_op.alter_column("{column}", {tighten}'], drop_in_batch)]
    messages = (f"add {column}", f"drop the default of {column}")
    return tuple(
        _file(number, message, upgrade, downgrade)
        for number, (message, (upgrade, downgrade)) in enumerate(zip(messages, steps, strict=False), 2)
    )


def quoted(text: str) -> str:
    """Text as a Python literal, in double quotes where that needs no escaping of quotes."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if "'" not in text and '"' not in text else literal


def _add_column(column: str, kind: str, *options: str) -> str:
    return f'op.add_column("users", sa.Column("{column}", {kind}, {", ".join(options)}))'


def _file(number: int, message: str, upgrade: list[str], downgrade: list[str]) -> MigrationFile:
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
