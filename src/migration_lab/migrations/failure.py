"""Say in plain words what a database or Alembic refused, beside its own words."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import StatementError


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, taken apart. ``sql`` is the statement that was refused, ``""`` where there was none."""

    type: str
    words: str
    sql: str
    meaning: str
    remedy: str
    traceback: str


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str
    meaning: str
    remedy: str


# Each pattern is the database's or Alembic's own message, measured with SQLite 3.40.1 and 3.53.4, Alembic 1.20.1.
_RULES = (
    _Rule(
        r"Cannot add a NOT NULL column with default value NULL",
        "The rows that are already there would have no value in the new column, and NOT NULL forbids that.",
        "Give the column a server_default, or add it nullable, fill it, and make it NOT NULL afterwards.",
    ),
    _Rule(
        r"Cannot add a column with non-constant default",
        "SQLite fills old rows with one constant when it adds a column; a function has no single value to write down.",
        "Add the column nullable, fill it with an UPDATE, then make it NOT NULL in batch mode.",
    ),
    _Rule(
        r"duplicate column name: (?P<name>.+)",
        "The column {name} is already in the table: an earlier run got this far and then stopped.",
        "Look at the table. Then drop the column and upgrade again, or finish by hand and stamp the revision.",
    ),
    _Rule(
        r"table \"?(?P<name>_alembic_tmp_\w+)\"? already exists",
        "A batch rebuild stopped half-way in an earlier run and left its working copy {name} behind.",
        "Check that the original table is whole, drop {name}, and upgrade again.",
    ),
    _Rule(
        r"near \"(ALTER|DEFAULT)\": syntax error[\s\S]*(DROP|SET) DEFAULT",
        "SQLite can’t change a column’s default. (Since 3.53 it can add and drop NOT NULL and CHECK.)",
        "Use op.batch_alter_table, which builds the table anew.",
    ),
    _Rule(
        r"near \"ALTER\": syntax error",
        "This SQLite has no ALTER TABLE … ALTER COLUMN (it came with 3.53).",
        "Use op.batch_alter_table, which builds the table anew.",
    ),
    _Rule(
        r"(?:NOT NULL) constraint failed: (?P<name>\S+)\n\s*INSERT INTO (?!_alembic_tmp_)",
        "The INSERT gives {name} no value, the column is NOT NULL, and no default steps in.",
        "Name the column and a value in the INSERT, or give the column a server_default.",
    ),
    _Rule(
        r"NOT NULL constraint failed: (?P<name>\S+)",
        "A row has no value for {name}, and the column is NOT NULL.",
        "Give every row a value first: find those that are left with WHERE … IS NULL.",
    ),
    _Rule(
        r"^constraint failed[\s\S]*SET NOT NULL",
        "SQLite looked at every row before it made the column NOT NULL, and found one without a value.",
        "Give every row a value first: find those that are left with WHERE … IS NULL.",
    ),
    _Rule(
        r"UNIQUE constraint failed: (?P<name>\S+)",
        "Two rows would have the same value in {name}, and the column is UNIQUE.",
        "Give each row a value of its own, or change the row that has this one already.",
    ),
    _Rule(
        r"CHECK constraint failed: (?P<name>.+)",
        "A row breaks the rule {name}.",
        "Correct the rows first, or the value that the migration writes.",
    ),
    _Rule(
        r"FOREIGN KEY constraint failed",
        "A row points to a row that isn’t there.",
        "Make the row it points to first, or correct the key.",
    ),
    # Before those of what is missing, which is how these end.
    _Rule(
        r"error in (?P<name>\w+ .+?) after drop column",
        "The {name} names the column in a rule of its own, so SQLite won’t drop it.",
        "Drop that rule first, or build the table anew without both in op.batch_alter_table.",
    ),
    _Rule(
        r"error in (?P<name>view .+?):",
        "The rebuild drops the table for a moment, and the {name} needs it.",
        "Drop the view before the rebuild and make it again after it, in the same migration.",
    ),
    _Rule(
        r"no such column: (?P<name>\S+)",
        "The table has no column {name}: the code is ahead of the database, or the name is misspelt.",
        "Compare the model with the table, then upgrade.",
    ),
    _Rule(
        r"unknown function: (?P<name>\w+)",
        "SQLite has no function {name}. A default is kept as it is written, and only run when a row needs it.",
        "Give the column a default that this database knows: CURRENT_TIMESTAMP is SQLite’s clock.",
    ),
    _Rule(r"no such table: (?P<name>\S+)", "There is no table {name} in this database.", "Is the database upgraded?"),
    _Rule(
        r"database is locked",
        "Another connection was writing and didn’t finish in time.",
        "Close the other connection (a session without commit?), then try again.",
    ),
    _Rule(
        r"No support for ALTER of constraints in SQLite",
        "Alembic adds no constraint to an SQLite table. What came before it in the migration may have happened.",
        "Use op.batch_alter_table, and look at what is there now.",
    ),
    _Rule(
        r"Argument 'arg' is expected to be .* got '<class '(?P<name>\w+)'>'",
        "A server default is SQL for the database to keep, and a Python value ({name}) isn’t that.",
        'Write it as the database reads it: a string as in server_default="0", or sa.true(), sa.false(), sa.text(…).',
    ),
    _Rule(
        r"Target database is not up to date",
        "The database isn’t at the newest revision, so Alembic won’t compare it with the models.",
        "Upgrade to head first.",
    ),
    _Rule(
        r"Can't locate revision identified by '(?P<name>.+)'",
        "The database, or the command, names the revision {name}, and no migration file has it.",
        "Was a file renamed or deleted? Bring it back.",
    ),
    _Rule(
        r"Multiple head revisions",
        "Two migrations build on the same one, so there is no single newest revision.",
        "Let one build on the other (down_revision), or merge them with alembic merge heads.",
    ),
)


def explain(error: BaseException) -> Failure:
    """Take an error apart. One that no rule knows keeps its own words, and says so."""
    original = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    words = str(original) or type(original).__name__
    sql = error.statement if isinstance(error, StatementError) and error.statement else ""
    meaning, remedy = "This one isn’t in the course’s book: the words above are all there is to go by.", ""
    if isinstance(error, SyntaxError):
        meaning = f"Python can’t read {Path(error.filename or 'the file').name}: it stopped at line {error.lineno}."
        remedy = "Look at that line of the file, and the one before it. (In a %%writefile cell, add 1 to the number.)"
    for rule in _RULES:
        found = re.search(rule.pattern, f"{words}\n{sql}")
        if found:
            names = found.groupdict()
            meaning, remedy = rule.meaning.format(**names), rule.remedy.format(**names)
            break
    text = "".join(traceback.format_exception(error))
    return Failure(type(error).__name__, words, sql.strip(), meaning, remedy, text)
