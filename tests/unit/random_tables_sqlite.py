"""Random CREATE TABLEs for SQLite, in as many shapes as its grammar has, for Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

# SQLite takes these keywords as names without quotes.
BARE = (
    "key",
    "Action",
    "desc",
    "generated",
    "always",
    "replace",
    "no",
    "temp",
    "without",
    "view",
    "plan",
    "x$1",
    "étage",
)
ODD = (
    *("order", "check", "constraint", "select", "not null", "a,b", "(", ")", "--x", "/*x*/", "it's", 'do"uble'),
    *("back`tick", "[x", "1st", "with space", "🦆", "%s", ":a", "NULL", "a\nb"),
)
GAPS = (" ", " ", "\n\t", " /* , ) NOT NULL ' */ ", " -- it's (not) \"closed\n")
TYPES = (
    *("", "INT", "TEXT", "VARCHAR(50)", "DECIMAL(10, 2)", "unsigned big int", '"my type"', "'str type'", "[odd type]"),
    *("MONEY", "`NOT NULL`", "INTEGER NULLABLE"),
)
STRICT_TYPES = {"INT": "{0}", "INTEGER": "{0}", "REAL": "{0}.5", "TEXT": "'v{0}'", "BLOB": "x'0{0}'", "ANY": "{0}"}
DEFAULTS = (
    *("5", "-5", "+.5e3", "'a, b) NOT NULL'", "'it''s'", "(1 + (2))", "(NULL)", "NULL", "CURRENT_TIMESTAMP", "true"),
    *("x'00'", "word", "(coalesce(NULL, 'NOT NULL'))"),
)
CLAUSES = (
    ("COLLATE NOCASE", "COLLATE [RTRIM]", "COLLATE 'binary'"),
    ("UNIQUE", "UNIQUE ON CONFLICT IGNORE", 'CONSTRAINT "u, (" UNIQUE'),
    ("CHECK ({0} IS NOT 'zzz')", "CONSTRAINT [c ]CHECK(({0} NOT NULL) OR 1)", "CHECK ({0} <> ')' OR 1)"),
    (
        "REFERENCES parent (id) ON DELETE SET NULL ON UPDATE CASCADE NOT DEFERRABLE",
        "REFERENCES parent DEFERRABLE INITIALLY DEFERRED",
        'CONSTRAINT f REFERENCES "parent" MATCH FULL ON DELETE SET DEFAULT',
    ),
    ("NULL", "CONSTRAINT absent NULL", "NULL ON CONFLICT REPLACE"),
)
REQUIRED = ("NOT NULL", "CONSTRAINT nn NOT NULL ON CONFLICT REPLACE", "not null ON CONFLICT ABORT")


@dataclass(frozen=True)
class Shape:
    """A script that makes ``table`` with rows, in whose ``column`` none is NULL, though it may be."""

    script: str
    table: str
    column: str


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@st.composite
def spelled(draw: st.DrawFn, name: str) -> str:
    """A name in one of the four styles of quotes, or in none."""
    styles = [quoted(name), "`" + name.replace("`", "``") + "`", "'" + name.replace("'", "''") + "'"]
    styles += [f"[{name}]"] if "]" not in name else []
    styles += [name] if name in BARE else []
    return draw(st.sampled_from(styles))


@st.composite
def definitions(draw: st.DrawFn, name: str, kind: str, required: bool) -> str:
    """A column's definition, its clauses in any order."""
    own = quoted(name)
    clauses = [draw(st.sampled_from(one)).format(own) for one in CLAUSES if draw(st.integers(0, 3)) == 0]
    if draw(st.booleans()):
        clauses.append(f"DEFAULT {draw(st.sampled_from(DEFAULTS))}")
    if required:
        clauses = [clause for clause in clauses if "NULL ON" not in clause] + [draw(st.sampled_from(REQUIRED))]
    clauses = draw(st.permutations(clauses))
    # A name without a constraint: the NOT NULL that is appended takes it, so it isn't always there.
    lonely = ["CONSTRAINT lonely"] if required and draw(st.booleans()) else []
    return join(draw, [draw(spelled(name)), kind, *clauses, *lonely])


def join(draw: st.DrawFn, words: Sequence[str]) -> str:
    """The words with white space or a comment between any two."""
    return "".join(word + draw(st.sampled_from(GAPS)) for word in words if word)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """A table with what belongs to it, and one of its columns."""
    table, *names = draw(st.lists(st.sampled_from(BARE + ODD), min_size=3, max_size=6, unique_by=str.lower))
    strict, without_rowid = draw(st.booleans()), draw(st.booleans())
    kinds = {name: draw(st.sampled_from(list(STRICT_TYPES) if strict else TYPES)) for name in names}
    needed = {name: draw(st.integers(0, 3)) == 0 for name in names[1:]}
    keys = ["id INTEGER PRIMARY KEY", "id INT PRIMARY KEY DESC", 'id INTEGER, "id2" INTEGER DEFAULT 1']
    keys += [] if without_rowid else ["id INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT"]
    key = draw(st.sampled_from(keys))
    lines = [key, *(draw(definitions(name, kinds[name], needed.get(name, False))) for name in names)]
    generated = draw(st.sampled_from(["", "made INT GENERATED ALWAYS AS (1 + 1) STORED", "made TEXT AS (upper('x'))"]))
    lines += [generated] if generated else []
    rules = ["CHECK (1)", f"CONSTRAINT 'u' UNIQUE (id, {quoted(names[0])}) ON CONFLICT ABORT"]
    rules += [f"FOREIGN KEY ({quoted(names[-1])}) REFERENCES parent"]
    rules = [rule for rule in rules if draw(st.booleans())]
    if "id2" in key:
        rules.append("PRIMARY KEY (id, id2)")
    if rules:
        lines.append(draw(st.sampled_from([" ", ", "])).join(rules))
    options = ", ".join(["STRICT"] * strict + ["WITHOUT ROWID"] * without_rowid)
    head = join(draw, ["CREATE", "TABLE", draw(spelled(table))])
    body = draw(st.sampled_from([",", " , ", ",\n -- and\n"])).join(lines)
    own, first = quoted(table), quoted(names[0])
    target = draw(st.sampled_from([*names[:1], names[0], *(["made"] if generated else [])]))
    script = ["CREATE TABLE parent (id INTEGER PRIMARY KEY)", f"{head}({body}) {options}"]
    extras = [
        f"CREATE INDEX folded ON {own} (lower({first}), {quoted(names[-1])} DESC)",
        f"CREATE INDEX some ON {own} (id) WHERE {first} IS NULL",
        f"CREATE UNIQUE INDEX others ON {own} ({first}, id) WHERE {first} NOT NULL",
        f"CREATE TRIGGER watch AFTER UPDATE OF {first} ON {own} BEGIN SELECT RAISE(FAIL, 'touched'); END",
        f"CREATE VIEW seen AS SELECT id, {first} AS it FROM {own}",
    ]
    script += [extra for extra in extras if draw(st.booleans())]
    for number in range(1, draw(st.integers(1, 4))):
        values = {name: STRICT_TYPES.get(kinds[name], "'v{0}'").format(number) for name in names}
        values |= {name: "NULL" for name in names[1:] if not needed[name] and draw(st.booleans())}
        into = ", ".join(map(quoted, values))
        script.append(f"INSERT INTO {own} (id, {into}) VALUES ({number}, {', '.join(values.values())})")
    return Shape(";\n".join(script), table, target)
