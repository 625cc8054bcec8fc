"""MariaDB's errors, known by their number, which MySQL shares up to 1,800 or so."""

from __future__ import annotations

from migration_lab.migrations.rules.rule import (
    CLOSE_OTHERS,
    COMPARE_MODEL,
    CORRECT_ROWS,
    DEADLOCK,
    FINISH,
    MAKE_FIRST,
    NAME_A_VALUE,
    OWN_VALUES,
    POINTS_NOWHERE,
    TRY_AGAIN,
    UPGRADED,
    WAITED,
    Rule,
)

_KEPT = "MariaDB commits each change of a table at once, so what came before in the migration is there."
_INDEX_IS_THERE = "Look at the table. An earlier run may have made it: then drop it, or leave it out of the migration."

# Each was brought about on MariaDB 10.11.
MARIADB = (
    Rule(
        "",
        "NULL was written into a column that is NOT NULL.",
        "Write a value, or leave the column out where it has a default.",
        "1048",
    ),
    Rule("", "The INSERT gives the column no value, it is NOT NULL, and no default steps in.", NAME_A_VALUE, "1364"),
    Rule(
        r"'DEFAULT'",
        "A word without quotes in a default is read as a column’s name.",
        'Put a text in quotes of its own: server_default="new" does.',
        "1054",
    ),
    Rule(
        "",
        "There is no such column: the code is ahead of the database, or the name is misspelt.",
        COMPARE_MODEL,
        "1054",
    ),
    Rule("", f"The column is already in the table. {_KEPT}", FINISH, "1060"),
    Rule(
        "",
        "MariaDB read every row and found a value that doesn’t fit: in a column that becomes NOT NULL, that is a NULL.",
        "Correct the rows first: find them with WHERE … IS NULL, or, where the type changes, by their length or size.",
        "1265",
    ),
    Rule(
        "",
        "The default is no value of the column’s type. A string as server_default is put into quotes: 'true', 'NOW()'.",
        'For a boolean write sa.true() or "1", for a clock sa.func.now(); an Enum takes only its own words.',
        "1067",
    ),
    Rule(
        "",
        "MariaDB doesn’t know this function, or doesn’t let it stand in a definition that it keeps.",
        "Take one that it knows: sa.func.now() is its clock.",
        "1901",
    ),
    Rule(
        r"\n(?:ALTER|CREATE) ",
        "Two rows have the same value already: one default for all old rows can’t be UNIQUE.",
        f"Add the column nullable, give each row a value of its own, then add the constraint. {_KEPT}",
        "1062",
    ),
    Rule("", "Two rows would have the same value in a column that is UNIQUE.", OWN_VALUES, "1062"),
    Rule("", "A row breaks the rule of a CHECK.", CORRECT_ROWS, "4025"),
    Rule("", POINTS_NOWHERE, MAKE_FIRST, "1452"),
    Rule(
        "",
        "Rows of another table still point to this one, or its foreign key to this table.",
        "Change, delete or drop those first, or let the key say ON DELETE.",
        "1451",
    ),
    Rule("", "There is no table of that name in this database.", UPGRADED, "1146"),
    Rule("", "There is no table of that name to drop.", f"Was it dropped by an earlier run? {_KEPT}", "1051"),
    Rule(
        "",
        "There is a table of that name already: made by hand, by create_all(), or by a run that stopped later.",
        "Look at it. If it is as you want it, stamp the revision; if not, drop it and upgrade again.",
        "1050",
    ),
    Rule(
        "",
        "There is nothing of that name to drop: an earlier run dropped it, or MariaDB named it itself.",
        "Look up the name in SHOW CREATE TABLE, and give each constraint a name from now on (naming_convention).",
        "1091",
    ),
    Rule("", "The table has an index of that name already.", _INDEX_IS_THERE, "1061"),
    Rule("", "The table has a constraint of that name already.", _INDEX_IS_THERE, "1826"),
    Rule(
        "",
        "The index names a column that the table doesn’t have.",
        "Compare the name with the table’s columns.",
        "1072",
    ),
    Rule("", "The table has a primary key already.", "Drop the old one first, and see who points to it.", "1068"),
    Rule(
        r"errno: 150",
        "The two columns of a foreign key must be of the very same type, and the one pointed to must have an index.",
        "Compare both columns in SHOW CREATE TABLE, UNSIGNED and the character set too.",
        "1005",
    ),
    Rule(
        r"errno: 121",
        "There is a foreign key of that name already, on this table or another one of the database.",
        "Give the new one another name, or drop the old one first.",
        "1005",
    ),
    Rule(
        "",
        "A foreign key of the table needs this index, which also stands behind a UNIQUE.",
        "Drop the foreign key first, then the index or the column.",
        "1553",
    ),
    Rule("", "A text is longer than the column allows.", "Shorten the text, or make the column longer first.", "1406"),
    Rule(
        "",
        "A number is too large for the column’s type.",
        "Take a larger type, as BigInteger, or correct the number.",
        "1264",
    ),
    Rule("", "The text can’t be read as a value of the column’s type.", CORRECT_ROWS, "1366"),
    Rule(
        "",
        "A value can’t be read as one of the type that is asked for, or there is no such date.",
        CORRECT_ROWS,
        "1292",
    ),
    Rule("", "A VARCHAR can’t be that long in this character set.", "Take sa.Text() for long texts.", "1074"),
    Rule(
        "",
        "MariaDB can’t read the statement: where the quoted rest begins, something is missing, too much, "
        "or another database’s (names take backticks here).",
        "Look at the first word of the rest, and the one before it.",
        "1064",
    ),
    Rule(
        "",
        "MariaDB has no function of that name: it may be another database’s.",
        "Look up what MariaDB calls it.",
        "1305",
    ),
    Rule("", WAITED, CLOSE_OTHERS, "1205"),
    Rule("", DEADLOCK, TRY_AGAIN, "1213"),
    Rule(
        "",
        "The statement took longer than max_statement_time allows.",
        "Change fewer rows at a time, or allow this one migration more: SET SESSION max_statement_time.",
        "1969",
    ),
    Rule(
        "",
        "MariaDB knows no type of that name.",
        "Compare it with MariaDB’s types: an Enum has no type of its own here.",
        "4161",
    ),
)
