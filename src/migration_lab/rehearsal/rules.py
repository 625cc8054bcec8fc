"""What a rehearsal can find: each rule's name, which stays as it is, how much it weighs, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "notice"]
"""An error breaks the upgrade or loses something; a warning may be meant; a notice is told and blames nobody."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``name`` is what a baseline and ``--json`` call it by."""

    name: str
    severity: Severity
    meaning: str


_ERRORS = {
    # What the data says when an operation comes to it.
    "nulls-meet-not-null": "A column becomes NOT NULL, and rows have NULL in it.",
    "not-null-without-default": "A NOT NULL column without a default is added to a table that has rows.",
    "silent-fill": "The engine fills old rows of a new NOT NULL column with a value that nobody chose.",
    "duplicates-meet-unique": "Values become UNIQUE, and some rows share one.",
    "orphans-meet-foreign-key": "A foreign key is added, and rows refer to what isn't there.",
    "rows-meet-check": "A CHECK is added, and rows break it.",
    "text-in-boolean": "A Boolean holds a word: it reads as True, and WHERE misses it.",
    # What the upgrade did.
    "upgrade-fails": "The upgrade stops with an error.",
    "half-migration-left": "What a failed revision did stays, and its version isn't noted.",
    "retry-fails": "The same upgrade, tried again after its failure, fails too.",
    "reaches-elsewhere": "A migration connects to another database than the one it runs on.",
    "never-ends-transaction": "A migration begins a transaction and leaves it open.",
    # What is gone afterwards, and nobody asked for it.
    "rows-lost": "Rows are gone that no operation removed.",
    "rows-lost-by-cascade": "Rows are gone because the table that they refer to was dropped or emptied.",
    "values-nulled": "Values became NULL that no operation changed.",
    "values-changed": "Values differ that no operation changed.",
    "values-lost-in-cast": "A change of type changed what is stored.",
    "column-lost": "A column is gone that no operation dropped.",
    "table-lost": "A table is gone that no operation dropped.",
    "view-lost": "A view is gone that no operation dropped.",
    "trigger-lost": "A trigger is gone.",
    "unique-lost": "A UNIQUE is gone: duplicates can come.",
    "check-lost": "A CHECK is gone.",
    "foreign-key-lost": "A foreign key is gone.",
    "foreign-key-weakened": "A foreign key lost its ON DELETE, ON UPDATE or DEFERRABLE.",
    "primary-key-changed": "The primary key is another than before.",
    "not-null-lost": "A column takes NULL that didn't.",
    "default-lost": "A column lost its default.",
    "collation-lost": "A column compares and sorts otherwise than before.",
    "autoincrement-lost": "Numbers of deleted rows are given out again, or none are any more.",
    "generated-lost": "A column isn't computed any more.",
    "type-changed": "A column's type is another, and no operation asked for it.",
    "option-lost": "An option of a table, column, index or constraint is gone.",
    "part-lost": "A grant, policy, sequence, type or the like is gone.",
    "foreign-key-violated": "Rows refer to what isn't there: the engine's own check says so.",
    "database-damaged": "The engine's own check says that the file or an index is damaged.",
    "view-broken": "A view can't be read any more.",
    # On the way back.
    "downgrade-fails": "The downgrade stops with an error.",
    "downgrade-loses": "Something isn't there after the downgrade that was there before the upgrade.",
    "downgrade-loses-rows": "Rows are gone after the downgrade that were there before the upgrade.",
    "downgrade-changes-values": "Values differ after the downgrade, and neither way asked for it.",
    "again-fails": "The upgrade fails on what the downgrade left.",
}
_WARNINGS = {
    "index-lost": "An index is gone: what used it reads the whole table.",
    "comment-lost": "A comment is gone.",
    "name-lost": "A constraint lost its name, by which a later migration would find it.",
    "view-changed": "A view shows other columns or other rows than before, and no operation asked for it.",
    "rows-appeared": "Rows came that no operation inserted.",
    "leftover-table": "A table stayed that the migration made only for the meantime.",
    "renamed-by-drop-and-add": "A column is dropped and one like it added: the values don't come along.",
    "renamed-by-drop-and-create": "A table is dropped and one like it made: the rows don't come along.",
    "index-changed": "An index covers less than before: a direction, a collation, its WHERE or an option is gone.",
    "nulls-left": "An UPDATE filled a new column, and rows were left NULL.",
    "nulls-skipped": "A condition with NOT or <> passes over the rows that have NULL there.",
    "several-heads": "The project has several heads: plain 'upgrade head' refuses.",
    "imports-application": "A migration imports the application's models, which go on changing.",
    "index-blocks-writes": "An index is made in a way that keeps writers waiting.",
    "downgrade-leaves": "Something is still there after the downgrade that the upgrade made.",
    "again-differs": "Upgrading a second time makes another schema than the first time.",
    "models-differ": "Alembic's check finds differences between the models and the upgraded database.",
}
_NOTICES = {
    "values-dropped": "A dropped column or table took its values along.",
    "values-not-restored": "The downgrade can't bring back values that the upgrade dropped or changed.",
    "requests-failed": "Requests of the clients failed while the upgrade ran.",
    "copied-elsewhere": "The copy is on a server of this machine, without owners, grants and order of letters.",
    "way-back-not-tried": "The downgrade and a second upgrade were not tried.",
    "check-fails": "Alembic's check of the models fails itself.",
}

_BY_SEVERITY: tuple[tuple[Severity, dict[str, str]], ...] = (
    ("error", _ERRORS),
    ("warning", _WARNINGS),
    ("notice", _NOTICES),
)
RULES = {name: Rule(name, severity, meaning) for severity, rules in _BY_SEVERITY for name, meaning in rules.items()}
"""Every rule by its name, the worst first."""
