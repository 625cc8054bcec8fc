"""From a few answers to the migration to write: what the course teaches, as a function."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lab.playground.source import Call, add_column, alter_column, in_batch, statement

TYPES = {
    # type as written in a migration: one value for all, and lines with a value for each row (an example to replace).
    # Six decimals, since SQLAlchemy writes and looks for them on SQLite: without, == finds nothing (measured).
    "Boolean": ("sa.Boolean()", "sa.true()", ("RULE = users.c.email.is_not(None)",)),
    "Integer": ("sa.Integer()", '"0"', ("RULE = users.c.id * 10",)),
    "String": (
        "sa.String(50)",
        '"unknown"',
        # Without coalesce, somebody without a username would get no value either.
        (
            'name = sa.func.coalesce(users.c.username, "user")',
            'RULE = name + "-" + sa.cast(users.c.id, sa.String)',
        ),
    ),
    "DateTime": (
        "sa.DateTime()",
        '"2000-01-01 00:00:00.000000"',
        (
            "old, new = datetime(2000, 1, 1), datetime(2025, 1, 1)",
            "RULE = sa.case((users.c.email.is_(None), old), else_=new)",
        ),
    ),
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
    """``steps`` are the revisions to write, in order: each the lines of its upgrade, and those of its downgrade."""

    title: str
    reason: str
    steps: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def files(self, first: int = 2) -> list[tuple[str, str]]:
        """The migrations as (revision, text of the file), numbered from ``first`` on."""
        return [(f"{number:04}", _file(number, *step)) for number, step in enumerate(self.steps, first)]


def advise(need: Need) -> Advice:
    """The migration for a new column ``value`` of the table ``users``, which has rows.

    Raises ValueError, in one line, for a UNIQUE column of a type without room for a value for each row.
    """
    if need.unique and need.type not in UNIQUE_TYPES:
        able = " and ".join(UNIQUE_TYPES)
        raise ValueError(f"The chooser makes different values only for {able}, not for {need.type}")
    written, constant, rule = TYPES[need.type]
    existing = f"existing_type={written}"
    add_nullable = add_column("value", written, "nullable=True")
    constraint = (_UNIQUE,) if need.unique else ()
    remove = in_batch(_NOT_UNIQUE, Call("batch_op.drop_column", ('"value"',))) if need.unique else _REMOVE
    if not need.required:
        lines = (*add_nullable, *in_batch(*constraint)) if need.unique else add_nullable
        return Advice(
            "Leave it nullable", "Nobody needs a value in every row, so nothing can be refused.", ((lines, remove),)
        )
    if need.one_value and not need.unique:
        add = add_column("value", written, "nullable=False", f"server_default={constant}")
        if need.keep_default:
            reason = "One value fits all rows, old and new: one statement, nothing copied."
            return Advice("A server default", reason, ((add, remove),))
        drop, restore = (
            in_batch(alter_column("value", existing, f"server_default={value}")) for value in ("None", constant)
        )
        reason = "One value fits the old rows. Drop the default once all running code writes the column itself."
        return Advice("A server default, dropped later", reason, ((add, remove), (drop, restore)))
    fill = (
        *_USERS,
        *rule[:-1],
        f"{rule[-1]}  # yours to write",
        "missing = users.c.value.is_(None)",
        "op.execute(sa.update(users).where(missing).values(value=RULE))",
    )
    # The same value for all new rows can't be unique.
    stays = need.keep_default and not need.unique
    keep, forget = ((f"server_default={constant}",), ("server_default=None",)) if stays else ((), ())
    tighten = in_batch(alter_column("value", existing, "nullable=False", *keep), *constraint)
    if need.writers:
        free = (_NOT_UNIQUE,) if need.unique else ()
        loosen = in_batch(*free, alter_column("value", existing, "nullable=True", *forget))
        reason = (
            "Each row needs its own value, and people write meanwhile: a release each. After the first, deploy code "
            "that fills it. The third fills again, for what old code wrote since."
        )
        steps = ((add_nullable, _REMOVE), (fill, ("pass  # the values may stay",)), ((*fill, *tighten), loosen))
        return Advice("Three revisions, with a deploy after the first", reason, steps)
    reason = "Each row needs its own value, and nobody writes meanwhile: all three steps in one revision."
    return Advice("Add, backfill, tighten", reason, (((*add_nullable, *fill, *tighten), remove),))


_UNIQUE = Call("batch_op.create_unique_constraint", ('"uq_users_value"', '["value"]'))
_NOT_UNIQUE = Call("batch_op.drop_constraint", ('"uq_users_value"', 'type_="unique"'))
_REMOVE = ('op.drop_column("users", "value")',)
_USERS = statement(
    "users = sa.table",
    '"users"',
    'sa.column("id")',
    'sa.column("username", sa.String)',
    'sa.column("email")',
    'sa.column("value")',
)


def _file(number: int, upgrade: tuple[str, ...], downgrade: tuple[str, ...]) -> str:
    up, down = ("\n".join(f"    {line}" for line in lines) for lines in (upgrade, downgrade))
    imports = "from datetime import datetime\n\n" if "datetime(" in up + down else ""
    return (
        f"{imports}import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{number:04}"\ndown_revision = "{number - 1:04}"\n\n\n'
        f"def upgrade() -> None:\n{up}\n\n\ndef downgrade() -> None:\n{down}\n"
    )
