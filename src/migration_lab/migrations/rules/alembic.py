"""The errors of Alembic and SQLAlchemy themselves, which ask no database."""

from __future__ import annotations

from migration_lab.migrations.rules.rule import Rule

# Each pattern is the library's own message, measured with Alembic 1.20.1.
ALEMBIC = (
    Rule(
        r"No support for ALTER of constraints in SQLite",
        "Alembic adds no constraint to an SQLite table. What came before it in the migration may have happened.",
        "Use op.batch_alter_table, and look at what is there now.",
    ),
    Rule(
        r"Argument 'arg' is expected to be .* got '<class '(?P<name>\w+)'>'",
        "A server default is SQL for the database to keep, and a Python value ({name}) isn’t that.",
        'Write it as the database reads it: a string as in server_default="0", or sa.true(), sa.false(), sa.text(…).',
    ),
    Rule(
        r"Target database is not up to date",
        "The database isn’t at the newest revision, so Alembic won’t compare it with the models.",
        "Upgrade to head first.",
    ),
    Rule(
        r"Can't locate revision identified by '(?P<name>.+)'",
        "The database, or the command, names the revision {name}, and no migration file has it.",
        "Was a file renamed or deleted? Bring it back.",
    ),
    Rule(
        r"Multiple head revisions",
        "Two migrations build on the same one, so there is no single newest revision.",
        "Let one build on the other (down_revision), or merge them with alembic merge heads.",
    ),
    Rule(
        r"All MySQL CHANGE/MODIFY COLUMN operations require the existing type",
        "MariaDB and MySQL write a column’s whole definition anew to change part of it, so Alembic must know its type.",
        "Say existing_type=…, and existing_nullable and existing_server_default too: what isn’t said is lost.",
    ),
    Rule(
        r"No generic 'DROP CONSTRAINT' in MySQL",
        "MySQL and MariaDB drop each kind of constraint with a word of its own, and the kind of this one isn’t said.",
        'Say type_="unique", "foreignkey", "primary" or "check".',
    ),
    Rule(
        r"VARCHAR requires a length on dialect mysql",
        "MySQL and MariaDB have no text of any length that is called VARCHAR.",
        "Give the String a length, as in sa.String(50), or take sa.Text().",
    ),
)
