"""From a few answers to the migration to write: what the course teaches, as a function."""

from __future__ import annotations

from dataclasses import dataclass

TYPES = {
    # type as written in a migration: one value for all, a value for each row (an example to replace).
    # Six decimals, since SQLAlchemy writes and looks for them on SQLite: without, == finds nothing (measured).
    "Boolean": ("sa.Boolean()", "sa.true()", "users.c.email.is_not(None)"),
    "Integer": ("sa.Integer()", '"0"', "users.c.id * 10"),
    "String": ("sa.String(50)", '"unknown"', 'users.c.username + "-" + sa.cast(users.c.id, sa.String)'),
    "DateTime": ("sa.DateTime()", '"2000-01-01 00:00:00.000000"', "sa.func.current_timestamp()"),
}
UNIQUE_TYPES = ("Integer", "String")


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs. ``type`` is a key of TYPES; the others are answers to yes-or-no questions.

    ``required``: must every row have a value? ``one_value``: is one value right for all old rows? ``unique``: must each
    value be different? ``keep_default``: may the database go on filling the value in? ``writers``: do people write
    while this is deployed?
    """

    type: str = "Boolean"
    required: bool = True
    one_value: bool = True
    unique: bool = False
    keep_default: bool = False
    writers: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """``bodies`` are the upgrade functions to write, one a revision, in order, each a list of lines."""

    title: str
    reason: str
    bodies: tuple[tuple[str, ...], ...]

    def files(self, first: int = 2) -> list[tuple[str, str]]:
        """The migrations as (revision, text of the file), numbered from ``first`` on."""
        return [(f"{number:04}", _file(number, body)) for number, body in enumerate(self.bodies, first)]


def advise(need: Need) -> Advice:
    """The migration for a new column ``value`` of the table ``users``, which has rows.

    Raises ValueError, in one line, for a UNIQUE column of a type without room for a value for each row.
    """
    if need.unique and need.type not in UNIQUE_TYPES:
        able = " and ".join(UNIQUE_TYPES)
        raise ValueError(f"The chooser makes different values only for {able}, not for {need.type}")
    written, constant, computed = TYPES[need.type]
    add_nullable = f'op.add_column("users", sa.Column("value", {written}, nullable=True))'
    if not need.required:
        lines: tuple[str, ...] = (add_nullable,)
        if need.unique:
            lines += ('with op.batch_alter_table("users") as batch_op:', f"    {_UNIQUE}")
        return Advice("Leave it nullable", "Nobody needs a value in every row, so nothing can be refused.", (lines,))
    if need.one_value and not need.unique:
        add = f'op.add_column("users", sa.Column("value", {written}, nullable=False, server_default={constant}))'
        if need.keep_default:
            reason = "One value fits all rows, old and new: one statement, nothing copied."
            return Advice("A server default", reason, ((add,),))
        drop = (
            'with op.batch_alter_table("users") as batch_op:',
            f'    batch_op.alter_column("value", existing_type={written}, server_default=None)',
        )
        reason = "One value fits the old rows. Drop the default once all running code writes the column itself."
        return Advice("A server default, dropped later", reason, ((add,), drop))
    columns = 'users = sa.table("users", *[sa.column(name) for name in ("id", "username", "email", "value")])'
    fill = (
        columns,
        f"RULE = {computed}  # yours to write",
        "op.execute(sa.update(users).where(users.c.value.is_(None)).values(value=RULE))",
    )
    tighten = (
        'with op.batch_alter_table("users") as batch_op:',
        f'    batch_op.alter_column("value", existing_type={written}, nullable=False)',
    ) + ((f"    {_UNIQUE}",) if need.unique else ())
    if need.writers:
        reason = "Each row needs its own value, and people write meanwhile: after the first, deploy code that fills it."
        return Advice(
            "Three revisions, with a deploy after the first", reason, ((add_nullable,), fill, (*fill, *tighten))
        )
    reason = "Each row needs its own value, and nobody writes meanwhile: all three steps in one revision."
    return Advice("Add, backfill, tighten", reason, ((add_nullable, *fill, *tighten),))


_UNIQUE = 'batch_op.create_unique_constraint("uq_users_value", ["value"])'


def _file(number: int, body: tuple[str, ...]) -> str:
    indented = "\n".join(f"    {line}" for line in body)
    return (
        f"import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{number:04}"\ndown_revision = "{number - 1:04}"\n\n\ndef upgrade() -> None:\n{indented}\n'
    )
