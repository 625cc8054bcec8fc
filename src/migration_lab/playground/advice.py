"""From a few answers to the migration to write: what the course teaches, as a function."""

from __future__ import annotations

from dataclasses import dataclass

from migration_lab.playground.source import Call, add_column, alter_column, in_batch, on_table, statement

TYPES = {
    # type as written in a migration: one value for all, and lines with a value for each row (an example to replace).
    # Six decimals, since SQLAlchemy writes and looks for them on SQLite: without, == finds nothing (lesson 3).
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


# As engines are called in code, and how people tell them apart. "any" is what runs on all of them.
ENGINES = {
    "any": "any, or several",
    "sqlite": "SQLite before 3.53",
    "sqlite-modern": "SQLite 3.53 or newer",
    "postgresql-16": "PostgreSQL before 18",
    "postgresql": "PostgreSQL 18 or newer",
    "mariadb": "MariaDB (MySQL writes the same)",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs. ``type`` is a key of TYPES, ``engine`` one of ENGINES; the others answer yes or no.

    ``required``: must every row have a value? ``one_value``: is one value right for all old rows? ``unique``: must each
    value be different? ``keep_default``: may the database go on filling the value in? ``writers``: do people write
    while this is deployed? ``tool``: may the migration need this package, for ``op.set_not_null``?
    """

    type: str = "Boolean"
    required: bool = True
    one_value: bool = True
    unique: bool = False
    keep_default: bool = False
    writers: bool = False
    engine: str = "any"
    tool: bool = False

    @property
    def on_postgresql(self) -> bool:
        """Whether it is for PostgreSQL alone."""
        return self.engine.startswith("postgresql")


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
    written, constant, _ = TYPES[need.type]
    add_nullable = (*_hurry(need), *add_column("value", written, "nullable=True"))
    remove = _change(need, _NOT_UNIQUE, Call("batch_op.drop_column", ('"value"',))) if need.unique else _REMOVE
    if not need.required:
        lines = (*add_nullable, *_change(need, _UNIQUE)) if need.unique else add_nullable
        return Advice(
            "Leave it nullable", "Nobody needs a value in every row, so nothing can be refused.", ((lines, remove),)
        )
    if need.one_value and not need.unique:
        add = (*_hurry(need), *add_column("value", written, "nullable=False", f"server_default={constant}"))
        if need.keep_default:
            reason = "One value fits all rows, old and new: one statement, nothing copied."
            return Advice("A server default", reason, ((add, remove),))
        # With the default of a date, MariaDB gets the whole column again, and NULL allowed unless this is said.
        again = ("existing_nullable=False",) if need.engine in ("any", "mariadb") else ()
        drop, restore = (
            (*_hurry(need), *_change(need, _alter(need, *again, f"server_default={value}")))
            for value in ("None", constant)
        )
        reason = "One value fits the old rows. Drop the default once all running code writes the column itself."
        return Advice("A server default, dropped later", reason, ((add, remove), (drop, restore)))
    fill = (*_rule(need), "op.execute(sa.update(users).where(missing).values(value=RULE))")
    # The same value for all new rows can't be unique.
    stays = need.keep_default and not need.unique
    keep, forget = ((f"server_default={constant}",), ("server_default=None",)) if stays else ((), ())
    unique, free = ((_UNIQUE,), (_NOT_UNIQUE,)) if need.unique else ((), ())
    if need.tool:
        return _with_tool(need, add_nullable, fill, stays)
    tighten = _change(need, _alter(need, "nullable=False", *keep), *unique)
    if not need.writers:
        reason = "Each row needs its own value, and nobody writes meanwhile: all three steps in one revision."
        return Advice("Add, backfill, tighten", reason, (((*add_nullable, *fill, *tighten), remove),))
    loosen = _change(need, *free, _alter(need, "nullable=True", *forget))
    reason = "Each row needs its own value, and people write meanwhile: a release each. After the first, deploy code "
    first, stay = (add_nullable, _REMOVE), ("pass  # the values may stay",)
    if not need.on_postgresql:
        reason += "that fills it. The third fills again, for what old code wrote since."
        third = ((*fill, *tighten), loosen)
        return Advice("Three revisions, with a deploy after the first", reason, (first, (fill, stay), third))
    reason += (
        "that fills it. The third fills again and guards new rows, the fourth checks the old ones while people write. "
        "Upgrade one at a time: a lock lasts as long as its transaction."
    )
    guard, unguard = _GUARDS[need.engine], statement("op.drop_constraint", '"value_given"', '"users"')
    index, made = (_INDEX_MEANWHILE, _UNIQUE_BY_INDEX) if need.unique else ((), ())
    if need.engine == "postgresql":  # the guard is NOT NULL itself
        give, take = (on_table(_alter(need, *options)) if options else () for options in (keep, forget))
        change, back = (*made, *give), (*on_table(*free), *take)
        last = (*_VALIDATE, *index, *(_hurry(need) if change else ()), *change)
        back = (*_hurry(need), *back) if back else ("pass  # checked or not, the rule is the same",)
    else:
        tighten = on_table(_alter(need, "nullable=False", *keep))
        last = (*_VALIDATE, *index, *_hurry(need), *made, *tighten, *unguard)
        back = (*_hurry(need), *loosen, *guard)
    chunks = (*_rule(need), *_IN_CHUNKS)
    steps = (first, (chunks, stay), ((*fill, *_hurry(need), *guard), unguard), (last, back))
    return Advice("Four revisions, with a deploy after the first", reason, steps)


def _with_tool(need: Need, add: tuple[str, ...], fill: tuple[str, ...], stays: bool) -> Advice:
    """Where every row needs its own value: the last step by ``op.set_not_null``, in a revision of its own.

    It commits as it goes on PostgreSQL: what is in the same revision would stay if it failed.
    """
    first, stay = (add, _REMOVE), ("pass  # the values may stay",)
    before: tuple[str, ...] = ()
    back = statement("op.drop_not_null", '"users"', '"value"')
    if stays:
        default = TYPES[need.type][1]
        before, undo = (_change(need, _alter(need, f"server_default={value}")) for value in (default, "None"))
        before, back = (*_hurry(need), *before), (*back, *undo)
    if need.unique and need.on_postgresql and need.writers:
        before = (*_INDEX_MEANWHILE, *_hurry(need), *_UNIQUE_BY_INDEX)
    elif need.unique:
        before = _change(need, _UNIQUE)
    if need.unique:
        back = (*back, *_change(need, _NOT_UNIQUE))
    tighten = (*before, *(_SET_ALONE if need.engine == "any" or need.on_postgresql else _SET))
    if not need.writers:
        reason = (
            "Each row needs its own value, and nobody writes meanwhile: op.set_not_null (lesson 9) in a revision of "
            "its own."
        )
        return Advice("Add and backfill, then tighten", reason, (((*add, *fill), _REMOVE), (tighten, back)))
    reason = (
        "Each row needs its own value, and people write meanwhile: a release each. After the first, deploy code that "
        "fills it. The third fills again, for what old code wrote since; op.set_not_null (lesson 9) lets others go on "
        "writing where the engine can. Upgrade one at a time."
    )
    second = (*_rule(need), *_IN_CHUNKS) if need.on_postgresql else fill
    steps = (first, (second, stay), ((*fill, *tighten), back))
    return Advice("Three revisions, the last by op.set_not_null", reason, steps)


def _hurry(need: Need) -> tuple[str, ...]:
    """Before a lock on PostgreSQL: whoever comes behind one that waits has to wait, too."""
    return ("op.execute(\"SET LOCAL lock_timeout = '2s'\")",) if need.on_postgresql and need.writers else ()


def _change(need: Need, *calls: Call) -> tuple[str, ...]:
    """The lines of these calls in batch mode, where that engine needs it."""
    # Of all that is changed here, SQLite 3.53 can change NOT NULL itself.
    native = len(calls) == 1 and "nullable" in str(calls[0]) and "default" not in str(calls[0])
    plain = need.on_postgresql or need.engine == "mariadb" or (need.engine == "sqlite-modern" and native)
    return on_table(*calls) if plain else in_batch(*calls)


def _alter(need: Need, *options: str) -> Call:
    """A change of the column, whose type MariaDB wants to be told again."""
    again = (f"existing_type={TYPES[need.type][0]}",) if need.engine in ("any", "mariadb") else ()
    return alter_column("value", *again, *options)


def _rule(need: Need) -> tuple[str, ...]:
    """A value for each row, and which rows have none."""
    *before, rule = TYPES[need.type][2]
    return (*_USERS, *before, f"{rule}  # yours to write", "missing = users.c.value.is_(None)")


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
_SET = statement("op.set_not_null", '"users"', '"value"')
# Each of its steps on PostgreSQL has to commit; elsewhere the block does no harm.
_SET_ALONE = ("with op.get_context().autocommit_block():", *(f"    {line}" for line in _SET))
_GUARDS = {
    "postgresql-16": statement(
        "op.create_check_constraint",
        '"value_given"',
        '"users"',
        '"value IS NOT NULL"',
        "postgresql_not_valid=True",
    ),
    "postgresql": statement("op.execute", '"ALTER TABLE users ADD CONSTRAINT value_given NOT NULL value NOT VALID"'),
}
_VALIDATE = statement("op.execute", '"ALTER TABLE users VALIDATE CONSTRAINT value_given"')
# A commit a chunk: no row stays locked for long.
_IN_CHUNKS = (
    "with op.get_context().autocommit_block():",
    "    last = op.get_bind().scalar(sa.select(sa.func.max(users.c.id)))",
    "    for start in range(0, (last or 0) + 1, 5_000):",
    "        chunk = users.c.id.between(start, start + 4_999)",
    "        fill = sa.update(users).where(missing, chunk)",
    "        op.execute(fill.values(value=RULE))",
)
_INDEX_MEANWHILE = (
    "with op.get_context().autocommit_block():",
    "    op.create_index(",
    '        "uq_users_value",',
    '        "users",',
    '        ["value"],',
    "        unique=True,",
    "        postgresql_concurrently=True,",
    "    )",
)
_UNIQUE_BY_INDEX = (
    "op.execute(",
    '    "ALTER TABLE users ADD CONSTRAINT uq_users_value "',
    '    "UNIQUE USING INDEX uq_users_value"',
    ")",
)


def _file(number: int, upgrade: tuple[str, ...], downgrade: tuple[str, ...]) -> str:
    up, down = ("\n".join(f"    {line}" for line in lines) for lines in (upgrade, downgrade))
    imports = "from datetime import datetime\n\n" if "datetime(" in up + down else ""
    if "_not_null(" in up + down:
        imports += "import migration_lab.operations  # adds op.set_not_null\n"
    return (
        f"{imports}import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{number:04}"\ndown_revision = "{number - 1:04}"\n\n\n'
        f"def upgrade() -> None:\n{up}\n\n\ndef downgrade() -> None:\n{down}\n"
    )
