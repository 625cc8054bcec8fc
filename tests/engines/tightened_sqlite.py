"""What NOT NULL may change in an SQLite database: that one rule, and nothing else, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from migration_lab.snapshot import tokenize


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def everything(raw: Any) -> dict[str, Any]:
    """The stored schema, what SQLite makes of it, and each row with the types of its values."""
    schema = raw.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master ORDER BY rowid").fetchall()
    tables = [row[1] for row in schema if row[0] == "table"]
    ask = {
        "columns": "SELECT * FROM pragma_table_xinfo(?)",
        "indexes": "SELECT * FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name)",
        "keys": "SELECT * FROM pragma_foreign_key_list(?)",
    }
    return {
        "schema": schema,
        **{word: {table: raw.execute(query, (table,)).fetchall() for table in tables} for word, query in ask.items()},
        "rows": {table: [repr(row) for row in raw.execute(f"SELECT * FROM {quoted(table)}")] for table in tables},
    }


def bare(sql: str) -> list[str]:
    """Its words and comments, without white space."""
    return [token.text for token in tokenize(sql)]


def check_tightened(raw: Any, before: dict[str, Any], table: str, column: str) -> None:
    """That column is NOT NULL, and all else is as it was, the text included."""
    after = everything(raw)
    for (*old, old_sql), (*new, new_sql) in zip(before["schema"], after["schema"], strict=True):
        assert old == new
        if new[:2] != ["table", table]:
            assert old_sql == new_sql
            continue
        words = bare(new_sql)
        found = [at for at in range(len(words)) if words[at : at + 2] == ["NOT", "NULL"]]
        assert any(words[:at] + words[at + 2 :] == bare(old_sql) for at in found), new_sql
        assert len(new_sql) == len(old_sql) + len(" NOT NULL")
    meant = dict(before["columns"])
    meant[table] = [(*row[:3], 1, *row[4:]) if row[1] == column else row for row in meant[table]]
    assert after["columns"] == meant
    assert [after[word] for word in ("indexes", "keys", "rows")] == [
        before[word] for word in ("indexes", "keys", "rows")
    ]
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not raw.execute("PRAGMA writable_schema").fetchone()[0]


def check_null_is_refused(raw: Any, table: str, column: str) -> None:
    """An INSERT of a row like those that are there, but for that one NULL, fails because of it."""
    names = [row[1] for row in raw.execute("SELECT * FROM pragma_table_xinfo(?)", (table,)) if not row[6]]
    into = ", ".join(map(quoted, names))
    values = ", ".join("NULL" if name == column else quoted(name) for name in names)
    with pytest.raises(raw.IntegrityError) as caught:
        raw.execute(f"INSERT OR ABORT INTO {quoted(table)} ({into}) SELECT {values} FROM {quoted(table)} LIMIT 1")
    assert str(caught.value) == f"NOT NULL constraint failed: {table}.{column}"
    raw.rollback()
