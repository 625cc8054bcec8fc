"""Random tables for PostgreSQL, as scripts, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

# Without NUL and halves of surrogate pairs, which no text there can hold; short enough for an identifier's 63 bytes.
NAMES = st.one_of(
    st.text("abcdefghij_", min_size=1, max_size=8),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12),
)
# A type, constants of it, and whether its values are text.
TYPES = st.sampled_from(
    [
        ("integer", ("0", "-1", "2 + 3"), False),
        ("bigint", ("7", "'7'"), False),
        ("numeric(8,2)", ("1.50", "-0.01"), False),
        ("double precision", ("'NaN'", "0.1"), False),
        ("boolean", ("true", "false"), False),
        ("text", ("''", "'it''s'", "'%s \\ 🦆'", "upper('x')"), True),
        ("varchar(20)", ("'x'", "'a''::text'"), True),
        ("char(3)", ("'abc'",), False),
        ("timestamp", ("now()", "'2020-01-01'", "'infinity'"), False),
        ("timestamptz(3)", ("CURRENT_TIMESTAMP", "'2020-01-01 00:00+02'"), False),
        ("date", ("CURRENT_DATE", "'4713-01-01 BC'"), False),
        ("interval", ("'1 day'",), False),
        ("uuid", ("gen_random_uuid()",), False),
        ("jsonb", ("'{\"a\": [1]}'", "'[]'"), False),
        ("bytea", (r"'\x00ff'",), False),
        ("text[]", ("'{a,NULL}'", "ARRAY['a', 'b']"), False),
        ("int4range", ("'[1,3)'",), False),
        ("mood", ("'sad'",), False),
        ("positive", ("5",), False),
    ]
)
# True of all the constants of text: the rows that are put in keep them.
RULES = ("{0} <> 'y'", "{0} NOT IN ('b''', 'y')", "length({0}) >= 0 OR {0} LIKE '%s%%'", "{0} || 'x' <> ''")
TYPES_NEEDED = """CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
"""


def quoted(name: str) -> str:
    """``name`` as an identifier."""
    return '"' + name.replace('"', '""') + '"'


@st.composite
def columns(draw: st.DrawFn, name: str) -> tuple[str, bool, str]:
    """A column's definition, whether it holds text, and a constant for it."""
    type_, constants, is_text = draw(TYPES)
    constant = draw(st.sampled_from(constants))
    words = [quoted(name), type_]
    if is_text and draw(st.booleans()):
        words.append('COLLATE "C"')
    if draw(st.booleans()):
        words.append(f"DEFAULT {constant}")
    if draw(st.booleans()):
        words.append("NOT NULL")
    return " ".join(words), is_text, constant


@st.composite
def tables(draw: st.DrawFn, name: str, parent: str = "") -> str:
    """A CREATE TABLE with what belongs to it: constraints, indexes, comments and rows. ``parent`` has a key ``id``."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda one: one.encode()[:60]))
    names = [one for one in names if one != "id"]
    made = {one: draw(columns(one)) for one in names}
    key = draw(st.sampled_from(["integer", "serial", "bigint GENERATED ALWAYS AS IDENTITY (START 5)"]))
    lines = [f"id {key} PRIMARY KEY", *(definition for definition, _, _ in made.values())]
    texts = [one for one, (_, is_text, _) in made.items() if is_text]
    if draw(st.booleans()):
        lines.append(
            f"calculated integer GENERATED ALWAYS AS ({draw(st.sampled_from(['id + 1', 'id * (id + 2)']))}) STORED"
        )
    if parent:
        end = draw(st.sampled_from(["", " DEFERRABLE INITIALLY DEFERRED", " ON DELETE SET NULL", " MATCH FULL"]))
        lines.append(f"parent_id integer REFERENCES {quoted(parent)}{end}")
    later: list[str] = []
    for one in texts:
        rule = draw(st.sampled_from(["", *RULES])).format(quoted(one))
        constraint = f"CONSTRAINT {quoted(f'{draw(NAMES)}{len(lines) + len(later)}')} CHECK ({rule})"
        if rule and draw(st.booleans()):
            later.append(f"ALTER TABLE {quoted(name)} ADD {constraint} NOT VALID")
        elif rule:
            lines.append(constraint)
    if draw(st.booleans()) and names:
        lines.append(f"UNIQUE (id, {quoted(names[0])})" if names[0] in texts else "UNIQUE (id)")
    own = quoted(name)
    storage = draw(st.sampled_from(["", " WITH (fillfactor = 70)"]))
    script = [f"CREATE TABLE {own} ({', '.join(lines)}){storage}", *later]
    for number, one in enumerate(texts):
        index = draw(
            st.sampled_from(
                [
                    "({0})",
                    "({0} DESC NULLS LAST)",
                    "(lower({0}) text_pattern_ops)",
                    "({0}, id) INCLUDE (id)",
                    "(id) WHERE {0} IN ('x', 'y')",
                    "USING hash ({0})",
                ]
            )
        )
        script.append(f"CREATE INDEX {quoted(f'{number}{name}')} ON {own} {index.format(quoted(one))}")
    if draw(st.booleans()):
        script.append(f"COMMENT ON TABLE {own} IS {quote_literal(draw(NAMES))}")
    if draw(st.booleans()) and names:
        script.append(f"COMMENT ON COLUMN {own}.{quoted(names[0])} IS {quote_literal(draw(NAMES))}")
    if draw(st.booleans()):
        script.append(f"ALTER TABLE {own} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {own} USING (id > 1)")
    if draw(st.booleans()):
        script.append(f"CREATE VIEW {quoted('v' + name)} AS SELECT * FROM {own} WHERE id > 0")
    for number in range(draw(st.integers(0, 3))):
        values = ", ".join(constant for _, _, constant in made.values())
        into = "".join(f", {quoted(one)}" for one in names)
        overriding = "OVERRIDING SYSTEM VALUE " if "ALWAYS" in key else ""
        script.append(
            f"INSERT INTO {own} (id{into}) {overriding}VALUES ({number + 1}{', ' if values else ''}{values})"
            " ON CONFLICT DO NOTHING"
        )
    return ";\n".join(script) + ";\n"


def quote_literal(text: str) -> str:
    """``text`` as a string constant."""
    return "'" + text.replace("'", "''") + "'"


@st.composite
def databases(draw: st.DrawFn) -> str:
    """A script that makes one or two tables, of which the second refers to the first."""
    first, second = draw(st.lists(NAMES, min_size=2, max_size=2, unique_by=lambda one: one.encode()[:50]))
    script = TYPES_NEEDED + draw(tables(first))
    return script + draw(tables(second, first)) if draw(st.booleans()) else script
