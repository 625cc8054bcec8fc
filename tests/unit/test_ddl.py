"""The reader of stored DDL: what it finds in ordinary text, and that no text makes it raise."""

from __future__ import annotations

import itertools
import sqlite3

import pytest

from migration_lab.snapshot.ddl import read_create_index, read_create_table, tokenize
from migration_lab.snapshot.sql_tokens import canonical
from migration_lab.snapshot.values import Check, ForeignKey, PrimaryKey, Unique

EVERYTHING = """CREATE TABLE IF NOT EXISTS main."my table" ( -- the people
    id INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT ABORT AUTOINCREMENT,
    [user name] varchar(50) COLLATE NOCASE NOT NULL ON CONFLICT IGNORE CONSTRAINT un UNIQUE ON CONFLICT REPLACE,
    `boss` int DEFAULT (1 + (2)) CONSTRAINT fk REFERENCES "my table" (id) ON DELETE SET NULL MATCH FULL
        ON UPDATE CASCADE NOT NULL DEFERRABLE INITIALLY DEFERRED,
    'odd' DEFAULT -1 CHECK (odd <> ')' AND odd /* never
        empty */ <>   ''),
    total REAL GENERATED ALWAYS AS (boss * 2) STORED CONSTRAINT positive CHECK (total > 0),
    CONSTRAINT both UNIQUE (boss, odd DESC) ON CONFLICT FAIL, CHECK (boss < 9)
    FOREIGN KEY (boss, odd) REFERENCES other (a, b) ON DELETE CASCADE NOT DEFERRABLE
) STRICT"""

ODD = [
    "",
    "(",
    ")",
    "CREATE",
    "CREATE TABLE t",
    "CREATE TABLE t (",
    "CREATE TABLE t (a, b",
    "CREATE TABLE t (a CHECK (",
    "CREATE TABLE t (, , a,)",
    "CREATE TABLE t (a CONSTRAINT",
    "CREATE TABLE t (a REFERENCES",
    "CREATE TABLE t (a REFERENCES b ON",
    "CREATE TABLE t (a NOT NULL ON CONFLICT",
    "CREATE TABLE t (a DEFERRABLE INITIALLY)",
    "CREATE TABLE t (UNIQUE, PRIMARY KEY, FOREIGN KEY, CHECK)",
    "CREATE TABLE t AS SELECT 1 AS a",
    "CREATE VIRTUAL TABLE t USING fts5(a, b, tokenize = 'porter ascii')",
    "CREATE TABLE 'unclosed",
    "CREATE TABLE t (a /* unclosed",
    "CREATE TABLE [t (a)",
    "CREATE TABLE t (a))) ((( b",
    "not SQL at all \x00 \ud800 🦆",
]


def test_tokens_keep_their_places_in_the_text() -> None:
    for sql in [EVERYTHING, *ODD]:
        tokens = tokenize(sql)
        assert all(sql[token.start : token.end] == token.text for token in tokens)
        between = [(a.end, b.start) for a, b in itertools.pairwise(tokens)]
        assert all(not sql[start:end].strip(" \t\n\f\r") for start, end in between)


@pytest.mark.parametrize("written", ['"a ""b"""', "'a \"b\"'", '`a "b"`', '[a "b"]'])
def test_all_four_ways_to_quote_a_name_mean_the_same(written: str) -> None:
    (token,) = tokenize(written)
    assert token.value == 'a "b"'
    assert token.word == ""


def test_numbers_strings_blobs_and_comments_are_one_token_each() -> None:
    text = "1 1.5e-3 .5 0xFF 1_000 'it''s' x'00ff' --to the end\n/* a\nb */ ->> || name$1 größe"
    assert [(token.kind, token.text) for token in tokenize(text)] == [
        ("number", "1"),
        ("number", "1.5e-3"),
        ("number", ".5"),
        ("number", "0xFF"),
        ("number", "1_000"),
        ("string", "'it''s'"),
        ("blob", "x'00ff'"),
        ("comment", "--to the end"),
        ("comment", "/* a\nb */"),
        ("punctuation", "->>"),
        ("punctuation", "||"),
        ("word", "name$1"),
        ("word", "größe"),
    ]


def test_every_clause_of_a_table_is_found() -> None:
    loose = EVERYTHING.removesuffix("STRICT")  # which wants a known type of each column
    sqlite3.connect(":memory:").execute(loose)
    table = read_create_table(EVERYTHING)
    assert [column.name for column in table.columns] == ["id", "user name", "boss", "odd", "total"]
    name = table.column("USER NAME")
    assert name is not None
    assert (name.collation, set(name.options)) == ("NOCASE", {"ON CONFLICT IGNORE"})
    assert EVERYTHING[name.start : name.end].startswith("[user name] varchar(50)")
    assert EVERYTHING[name.start : name.end].endswith("REPLACE")
    assert table.primary_key == PrimaryKey(("id",), "pk", frozenset({"ON CONFLICT ABORT"}))
    assert table.uniques == (
        Unique(("user name",), "un", frozenset({"ON CONFLICT REPLACE"})),
        Unique(("boss", "odd"), "both", frozenset({"ON CONFLICT FAIL"})),
    )
    assert table.foreign_keys == (
        ForeignKey(("boss",), "my table", ("id",), "CASCADE", "SET NULL", "DEFERRABLE INITIALLY DEFERRED", "fk"),
        ForeignKey(("boss", "odd"), "other", ("a", "b"), "NO ACTION", "CASCADE", "NOT DEFERRABLE"),
    )
    assert table.checks == (
        Check("odd <> ')' AND odd <> ''"),
        Check("total > 0", "positive"),
        Check("boss < 9"),
    )
    assert table.options == {"AUTOINCREMENT", "STRICT"}
    assert table.comments == ("-- the people", "/* never\n        empty */")


def test_a_clause_inside_a_string_a_comment_or_a_quoted_name_is_none() -> None:
    table = read_create_table("""CREATE TABLE t ("check" TEXT DEFAULT 'UNIQUE', -- COLLATE NOCASE
        [primary] DEFAULT ('AUTOINCREMENT') /* CHECK (1) */)""")
    assert [column.name for column in table.columns] == ["check", "primary"]
    assert (table.uniques, table.checks, table.options, table.primary_key) == ((), (), frozenset(), None)
    assert table.columns[0].collation == ""


def test_a_column_that_alter_table_appended_is_found() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    connection.execute("ALTER TABLE t ADD COLUMN b TEXT COLLATE nocase CHECK (b <> '')")
    table = read_create_table(connection.execute("SELECT sql FROM sqlite_master").fetchone()[0])
    assert [(column.name, column.collation) for column in table.columns] == [("a", ""), ("b", "nocase")]
    assert table.checks == (Check("b <> ''"),)


@pytest.mark.parametrize("sql", ODD)
def test_odd_text_never_raises(sql: str) -> None:
    read_create_table(sql)
    read_create_index(sql)
    canonical(sql)


def test_no_beginning_of_a_text_makes_it_raise() -> None:
    for end in range(len(EVERYTHING)):
        read_create_table(EVERYTHING[:end])
        read_create_index(EVERYTHING[:end])


def test_an_index_gives_its_expressions_and_its_condition() -> None:
    index = read_create_index("""CREATE UNIQUE INDEX "on (x)" ON t (lower(a) COLLATE NOCASE DESC, "b", a ||
        ',' /* why */ || b ASC) WHERE a  IS NOT NULL""")
    assert index.expressions == ("lower(a)", '"b"', "a || ',' || b")
    assert index.where == "a IS NOT NULL"


@pytest.mark.parametrize("other", ["(A>0)", '"a" > 0', "a\n>\n0", "((a /* is */ > 0))", "[a]>0"])
def test_spelling_does_not_count_in_the_canonical_form(other: str) -> None:
    assert canonical(other) == canonical("a > 0")


@pytest.mark.parametrize("other", ["a > 1", "a >= 0", "a > '0'", "(a) > (0)", "A = 'x'"])
def test_meaning_counts_in_the_canonical_form(other: str) -> None:
    assert canonical(other) != canonical("a > 0")
    assert canonical("a = 'X'") != canonical("a = 'x'")
