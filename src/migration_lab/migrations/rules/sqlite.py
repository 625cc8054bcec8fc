"""SQLite's errors, known by their words: they have no codes that tell them apart."""

from __future__ import annotations

from migration_lab.migrations.rules.rule import (
    CLOSE_OTHERS,
    COMPARE_MODEL,
    CORRECT_ROWS,
    FIND_NULLS,
    FINISH,
    GIVE_A_DEFAULT,
    MAKE_FIRST,
    NAME_A_VALUE,
    OLD_ROWS,
    OWN_VALUES,
    POINTS_NOWHERE,
    UPGRADED,
    Rule,
)

# Each pattern is the database's own message, measured with SQLite 3.40.1 and 3.53.4.
SQLITE = (
    Rule(
        r"Cannot add a NOT NULL column with default value NULL",
        OLD_ROWS,
        GIVE_A_DEFAULT,
    ),
    Rule(
        r"Cannot add a column with non-constant default",
        "SQLite fills old rows with one constant when it adds a column; a function has no single value to write down.",
        "Add the column nullable, fill it with an UPDATE, then make it NOT NULL in batch mode.",
    ),
    Rule(
        r"duplicate column name: (?P<name>.+)",
        "The column {name} is already in the table: an earlier run got this far and then stopped.",
        FINISH,
    ),
    Rule(
        r"table \"?(?P<name>_alembic_tmp_\w+)\"? already exists",
        "A batch rebuild stopped half-way in an earlier run and left its working copy {name} behind.",
        "Check that the original table is whole, drop {name}, and upgrade again.",
    ),
    Rule(
        r"near \"(ALTER|DEFAULT)\": syntax error[\s\S]*(DROP|SET) DEFAULT",
        "SQLite can’t change a column’s default. (Since 3.53 it can add and drop NOT NULL and CHECK.)",
        "Use op.batch_alter_table, which builds the table anew.",
    ),
    Rule(
        r"near \"ALTER\": syntax error",
        "This SQLite has no ALTER TABLE … ALTER COLUMN (it came with 3.53).",
        "Use op.batch_alter_table, which builds the table anew.",
    ),
    Rule(
        r"(?:NOT NULL) constraint failed: (?P<name>\S+)\n\s*INSERT INTO (?!_alembic_tmp_)",
        "The INSERT gives {name} no value, the column is NOT NULL, and no default steps in.",
        NAME_A_VALUE,
    ),
    Rule(
        r"NOT NULL constraint failed: (?P<name>\S+)",
        "A row has no value for {name}, and the column is NOT NULL.",
        FIND_NULLS,
    ),
    Rule(
        r"^constraint failed[\s\S]*SET NOT NULL",
        "SQLite looked at every row before it made the column NOT NULL, and found one without a value.",
        FIND_NULLS,
    ),
    Rule(
        r"UNIQUE constraint failed: (?P<name>\S+)",
        "Two rows would have the same value in {name}, and the column is UNIQUE.",
        OWN_VALUES,
    ),
    Rule(
        r"CHECK constraint failed: (?P<name>.+)",
        "A row breaks the rule {name}.",
        CORRECT_ROWS,
    ),
    Rule(
        r"FOREIGN KEY constraint failed",
        POINTS_NOWHERE,
        MAKE_FIRST,
    ),
    # Before those of what is missing, which is how these end.
    Rule(
        r"error in (?P<name>\w+ .+?) after drop column",
        "The {name} names the column in a rule of its own, so SQLite won’t drop it.",
        "Drop that rule first, or build the table anew without both in op.batch_alter_table.",
    ),
    Rule(
        r"error in (?P<name>view .+?):",
        "The rebuild drops the table for a moment, and the {name} needs it.",
        "Drop the view before the rebuild and make it again after it, in the same migration.",
    ),
    Rule(
        r"no such column: (?P<name>\S+)",
        "The table has no column {name}: the code is ahead of the database, or the name is misspelt.",
        COMPARE_MODEL,
    ),
    Rule(
        r"unknown function: (?P<name>\w+)",
        "SQLite has no function {name}. A default is kept as it is written, and only run when a row needs it.",
        "Give the column a default that this database knows: CURRENT_TIMESTAMP is SQLite’s clock.",
    ),
    Rule(r"no such table: (?P<name>\S+)", "There is no table {name} in this database.", UPGRADED),
    Rule(
        r"database is locked",
        "Another connection was writing and didn’t finish in time.",
        CLOSE_OTHERS,
    ),
)
