"""PostgreSQL's errors, known by their SQLSTATE: the words may be in any language, the codes are always these."""

from __future__ import annotations

from migration_lab.migrations.rules.rule import (
    CLOSE_OTHERS,
    COMPARE_MODEL,
    CORRECT_ROWS,
    DEADLOCK,
    FIND_NULLS,
    GIVE_A_DEFAULT,
    MAKE_FIRST,
    NAME_A_VALUE,
    OLD_ROWS,
    OWN_VALUES,
    POINTS_NOWHERE,
    TRY_AGAIN,
    UPGRADED,
    WAITED,
    Rule,
)

# Each was brought about on PostgreSQL 18.4 and 16.14. Where one code has several causes, the statement tells which.
POSTGRESQL = (
    # not_null_violation
    Rule(r"\nALTER [\s\S]+ ADD ", OLD_ROWS, GIVE_A_DEFAULT, "23502"),
    Rule(
        r"\nALTER ",
        "PostgreSQL looked at every row before it made the column NOT NULL, and found one without a value.",
        FIND_NULLS,
        "23502",
    ),
    Rule(
        r"\nINSERT ",
        "The INSERT gives the column no value or NULL, it is NOT NULL, and a default steps in only for no value.",
        NAME_A_VALUE,
        "23502",
    ),
    Rule("", "A row has no value for the column, and the column is NOT NULL.", FIND_NULLS, "23502"),
    # undefined_column
    Rule(
        r"\n(?:ALTER|CREATE) ",
        "The table has no such column: it was dropped before, never added, or is misspelt.",
        "Look at the table, and at which revision the database is.",
        "42703",
    ),
    Rule(
        "",
        "There is no such column: the code is ahead of the database, the name is misspelt, "
        "or a text stands in double quotes, which are for names.",
        f"{COMPARE_MODEL} A text takes single quotes.",
        "42703",
    ),
    # duplicate_column
    Rule(
        "",
        "The table has a column of that name already: somebody added it by hand, or another migration did.",
        "Look at the table. If the column is as you want it, stamp the revision; if not, drop it and upgrade again.",
        "42701",
    ),
    # datatype_mismatch
    Rule(
        r"\nUPDATE |\nINSERT ",
        "The value is of another type than the column, and PostgreSQL doesn’t turn the one into the other: "
        "1 is no boolean.",
        "Write true or false, or let SQLAlchemy write it: sa.update(…).values(is_active=sa.true()).",
        "42804",
    ),
    Rule(
        r" ADD [\s\S]*DEFAULT|SET DEFAULT",
        "The default is of another type than the column, and PostgreSQL doesn’t turn the one into the other.",
        'Write it as the type wants it: sa.true() for a boolean, or a string as in server_default="1".',
        "42804",
    ),
    Rule(
        r" TYPE ",
        "PostgreSQL doesn’t know by itself how to turn the old values into the new type.",
        'Say how: op.alter_column(…, postgresql_using="username::integer").',
        "42804",
    ),
    Rule(
        "",
        "Two columns or values that must be of one type aren’t.",
        "Give both the same type: a foreign key has the type of the key that it points to.",
        "42804",
    ),
    # undefined_function
    Rule(
        r"boolean = |= boolean",
        "A boolean is no number on PostgreSQL, so there is no way to compare it with one.",
        "Write WHERE is_active, or WHERE NOT is_active; in SQLAlchemy, User.is_active.is_(True).",
        "42883",
    ),
    Rule(
        "",
        "PostgreSQL has no function or operator of that name for these types: it may be another database’s.",
        "Look up what PostgreSQL calls it: its clock is now(), and IFNULL is coalesce.",
        "42883",
    ),
    # feature_not_supported
    Rule(
        r"DEFAULT ",
        "A default can’t look at other columns of the row; a word without quotes is read as a column’s name.",
        'Put a text in quotes of its own: server_default="new" does. '
        "For a value from other columns, add the column nullable and fill it with an UPDATE.",
        "0A000",
    ),
    Rule(
        r" TYPE ",
        "A view reads this column, and would have to change with it.",
        "Drop the view before the change and make it again after it, in the same migration.",
        "0A000",
    ),
    # unique_violation
    Rule(
        r"\n(?:ALTER|CREATE) ",
        "Two rows have the same value already: one default for all old rows can’t be UNIQUE.",
        "Add the column nullable, give each row a value of its own, then add the constraint.",
        "23505",
    ),
    Rule("", "Two rows would have the same value in a column that is UNIQUE.", OWN_VALUES, "23505"),
    # check_violation, foreign_key_violation
    Rule("", "A row breaks the rule of a CHECK.", CORRECT_ROWS, "23514"),
    Rule(
        r"\nDELETE ",
        "Rows of another table still point to this one.",
        "Change or delete those first, or let the key say ON DELETE.",
        "23503",
    ),
    Rule("", POINTS_NOWHERE, MAKE_FIRST, "23503"),
    # undefined_table, duplicate_table
    Rule(
        "",
        "There is no table of that name in this database, or not in the schema where it is looked for.",
        UPGRADED,
        "42P01",
    ),
    Rule(
        "",
        "There is a table, index or constraint of that name already, and they share their names here.",
        "Was it made by hand, or by create_all()? Then stamp the revision; or give the new one another name.",
        "42P07",
    ),
    # undefined_object, duplicate_object
    Rule(
        r"\nALTER [\s\S]+ ADD ",
        "An Enum is a type of its own on PostgreSQL, and add_column doesn’t make it.",
        "Make it first: sa.Enum(…, name=…).create(op.get_bind(), checkfirst=True); and drop it in downgrade.",
        "42704",
    ),
    Rule(
        r"\n(?:ALTER|DROP) ",
        "There is no constraint or index of that name: a database names those that have no name in the model itself.",
        "Look up its name in the table, and give each a name from now on (naming_convention).",
        "42704",
    ),
    Rule(
        r"\nCREATE TYPE ",
        "The type is there already: a dropped table leaves its Enum’s type behind.",
        "Drop the type in downgrade, or say create_type=False in a postgresql.ENUM.",
        "42710",
    ),
    Rule(
        "",
        "There is a constraint of that name on the table already.",
        "Look at the table. Was it made by hand? Then stamp the revision; or give the new one another name.",
        "42710",
    ),
    # dependent_objects_still_exist
    Rule(
        "",
        "Something else needs this: a view reads it, or a foreign key points to it. DETAIL names it.",
        "Drop or change that first, in the same migration; CASCADE would drop it without asking.",
        "2BP01",
    ),
    # string_data_right_truncation, numeric_value_out_of_range
    Rule("", "A text is longer than the column allows.", "Shorten the text, or make the column longer first.", "22001"),
    Rule(
        "",
        "A number is too large for the column’s type.",
        "Take a larger type, as BigInteger, or correct the number.",
        "22003",
    ),
    # invalid_text_representation, invalid_datetime_format, datetime_field_overflow
    Rule(
        "",
        "The text can’t be read as a value of the column’s type.",
        "Write it as PostgreSQL reads that type: 'true', '0', '{{}}'; an Enum takes only its own words.",
        "22P02",
    ),
    Rule("", "The text can’t be read as a date or time.", "Write it as 2026-12-31 or 2026-12-31 23:59:59.", "22007"),
    Rule(
        "",
        "There is no such date or time.",
        "Correct it: PostgreSQL keeps only days that exist, and no 0000-00-00.",
        "22008",
    ),
    # syntax_error
    Rule(
        "",
        "PostgreSQL can’t read the statement: near the place that it names, something is missing, too much, "
        "or another database’s.",
        "Look at that place, and the word before it.",
        "42601",
    ),
    # lock_not_available, deadlock_detected, query_canceled
    Rule("", WAITED, CLOSE_OTHERS, "55P03"),
    Rule("", DEADLOCK, TRY_AGAIN, "40P01"),
    Rule(
        "",
        "The statement took longer than statement_timeout allows, or somebody cancelled it.",
        "Change fewer rows at a time, or allow this one migration more: SET LOCAL statement_timeout.",
        "57014",
    ),
    # in_failed_sql_transaction, active_sql_transaction, object_in_use, unsafe_new_enum_value_usage
    Rule(
        "",
        "An earlier statement of this transaction failed, and PostgreSQL does nothing more until it is rolled back.",
        "Look for the first error, which was caught and passed over. What may fail belongs in begin_nested().",
        "25P02",
    ),
    Rule(
        "",
        "This statement can’t run inside a transaction, and a migration is one.",
        "Run it in with op.get_context().autocommit_block(): … What came before it is committed then.",
        "25001",
    ),
    Rule(
        "",
        "Rows were changed in this transaction whose deferred checks still wait for its end; the table can’t change "
        "before that.",
        "Say SET CONSTRAINTS ALL IMMEDIATE after the rows, or take two migrations.",
        "55006",
    ),
    Rule(
        "",
        "A new value of an Enum can’t be used in the transaction that added it.",
        "Add it in a migration of its own, and let each commit: transaction_per_migration=True, or autocommit_block().",
        "55P04",
    ),
    # invalid_foreign_key, invalid_table_definition
    Rule(
        "",
        "A foreign key must point to a column that is UNIQUE or the primary key, and this one isn’t.",
        "Make it UNIQUE first, or point to the primary key.",
        "42830",
    ),
    Rule(
        "",
        "The table has a primary key already, or a column of that key would lose its NOT NULL.",
        "Drop the old primary key first, and see who points to it.",
        "42P16",
    ),
    # insufficient_privilege, read_only_sql_transaction
    Rule(
        "",
        "The user that is connected may not do this: only a table’s owner can change it.",
        "Connect as the owner, or ask for the right.",
        "42501",
    ),
    Rule(
        "",
        "This connection may only read: it may be a replica, or told to be careful.",
        "Connect to the server that takes writes.",
        "25006",
    ),
)
