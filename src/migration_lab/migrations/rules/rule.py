"""What a rule is, and the words that several engines' rules share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """An error that is known, and what to say of it.

    ``pattern`` is searched in the error's words and, on the lines after them, its SQL; its named groups are put into
    ``meaning`` and ``remedy``. With ``code``, a SQLSTATE or MariaDB's number, it is for the errors of that code alone.
    Of the rules that fit, the first is taken.
    """

    pattern: str
    meaning: str
    remedy: str
    code: str = ""


OLD_ROWS = "The rows that are already there would have no value in the new column, and NOT NULL forbids that."
GIVE_A_DEFAULT = "Give the column a server_default, or add it nullable, fill it, and make it NOT NULL afterwards."
FIND_NULLS = "Give every row a value first: find those that are left with WHERE … IS NULL."
NAME_A_VALUE = "Name the column and a value in the INSERT, or give the column a server_default."
OWN_VALUES = "Give each row a value of its own, or change the row that has this one already."
CORRECT_ROWS = "Correct the rows first, or the value that the migration writes."
POINTS_NOWHERE = "A row points to a row that isn’t there."
MAKE_FIRST = "Make the row it points to first, or correct the key."
COMPARE_MODEL = "Compare the model with the table, then upgrade."
UPGRADED = "Is the database upgraded?"
FINISH = "Look at the table. Then drop the column and upgrade again, or finish by hand and stamp the revision."
WAITED = "Another connection holds a lock that this statement needs, and didn’t let go of it in time."
CLOSE_OTHERS = "Close the other connection (a session without commit?), then try again."
DEADLOCK = "Two transactions each waited for a row or table that the other holds; the database ended this one."
TRY_AGAIN = "Try again: it was rolled back. If it happens often, change fewer rows at a time, always in the same order."
