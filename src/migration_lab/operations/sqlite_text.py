"""NOT NULL written into the text of a CREATE TABLE, or taken out of it, and not one other character."""

from __future__ import annotations

from migration_lab.snapshot import ColumnText, read_create_table, tokenize

_SPACE = " \t\n\f\r"


def with_not_null(sql: str, column: str) -> str:
    """``sql`` with NOT NULL at the end of that column's definition, where SQLite 3.53 itself puts it.

    Raises LookupError where the column can't be made out.
    """
    end = _column(sql, column).end
    return f"{sql[:end]} NOT NULL{sql[end:]}"


def without_not_null(sql: str, column: str) -> str:
    """``sql`` without that column's NOT NULL, its name and its ON CONFLICT. Comments between its words stay.

    Raises LookupError where the column can't be made out.
    """
    comments = {token.end for token in tokenize(sql) if token.kind == "comment"}
    for token in reversed(_column(sql, column).not_null):
        start = len(sql[: token.start].rstrip(_SPACE))
        if start in comments:
            start = token.start  # the end of the line is the end of the comment
        sql = sql[:start] + sql[token.end :]
    return sql


def same_words(left: str, right: str) -> bool:
    """Whether two texts differ in white space at most, and in where a comment stands."""
    ours, theirs = tokenize(left), tokenize(right)
    return all(
        [token.text for token in ours if (token.kind == "comment") is comments]
        == [token.text for token in theirs if (token.kind == "comment") is comments]
        for comments in (True, False)
    )


def _column(sql: str, name: str) -> ColumnText:
    for column in read_create_table(sql).columns:
        if column.name == name:
            return column
    raise LookupError(name)
