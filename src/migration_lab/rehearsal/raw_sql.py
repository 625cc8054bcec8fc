"""What a statement of SQL asks for, as far as can be read from its words: enough to know what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from migration_lab.rehearsal.asked import Asked
from migration_lab.snapshot import Token, TokenReader, fold, split, tokenize

_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "INDEX", "KEY", "IF", "EXISTS", "USING")
# What an ALTER COLUMN changes, by the words that say so.
_ATTRIBUTES = {
    "NULL": "nullable",
    "DEFAULT": "default",
    "TYPE": "type",
    "COLLATE": "collation",
    "COMMENT": "comment",
    "IDENTITY": "identity",
    "AUTO_INCREMENT": "identity",
    "GENERATED": "generated",
    "EXPRESSION": "generated",
}
_FILLERS = ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNIQUE", "UNLOGGED", "MATERIALIZED", "CONCURRENTLY", "ONLINE")


def read_sql(sql: str) -> Iterator[Asked]:
    """What one statement asks for; with ``run``, that it was sent, where its words say no more. Never raises."""
    tokens = [token for token in tokenize(sql) if token.kind != "comment"]
    # Several statements in one, as MySQL and SQLite's executescript take them. A trigger's body has semicolons, too.
    if any(token.word == "TRIGGER" for token in tokens[:6]):
        yield from _Statement(sql, tokens).read()
        return
    for part in split(tokens, ";"):
        yield from _Statement(sql, part).read()


class _Statement:
    def __init__(self, sql: str, tokens: Sequence[Token]) -> None:
        self._text = sql
        self._reader = TokenReader(tokens)
        self._sql = fold(sql, tokens)

    def read(self) -> Iterator[Asked]:
        reader = self._reader
        if reader.next.word == "WITH":
            self._skip_to("INSERT", "UPDATE", "DELETE", "SELECT")
        match reader.take().word:
            case "CREATE":
                yield from self._create()
            case "DROP":
                yield from self._drop()
            case "ALTER":
                yield from self._alter()
            case "RENAME" if reader.accept("TABLE"):
                old = self._name()
                reader.accept("TO")
                yield Asked("rename", "table", old, to=self._name(), sql=self._sql)
            case "UPDATE":
                yield from self._update()
            case "INSERT" | "REPLACE":
                yield from self._insert()
            case "DELETE" if reader.accept("FROM"):
                table = self._name()
                yield Asked("delete", "row", table, where=self._where(), sql=self._sql)
            case "TRUNCATE":
                reader.accept("TABLE")
                yield Asked("delete", "row", self._name(), sql=self._sql)
            case "SELECT" | "PRAGMA" | "EXPLAIN" | "":
                return
        yield Asked("run", "sql", sql=self._sql)

    def _create(self) -> Iterator[Asked]:
        kind, name = self._kind_and_name()
        if kind == "table":
            columns = tuple(part[0].value for part in split(self._reader.group()))
            yield Asked("create", "table", name, columns=columns, sql=self._sql)
        elif kind == "index":
            self._reader.accept("ON")
            table = self._name()
            if self._reader.accept("USING"):
                self._reader.take()
            columns = tuple(fold(self._text, part) for part in split(self._reader.group()))
            partial = self._reader.next.word == "WHERE"
            unique = "UNIQUE" in self._sql.upper().split()[:2] and not partial
            yield Asked(
                "create", "index", table, name, columns=columns, attributes=_if(unique, "unique"), sql=self._sql
            )
        elif kind == "view":
            yield Asked("create", "view", name=name, sql=self._sql)
        elif kind == "trigger":
            self._skip_to("ON")
            self._reader.take()
            yield Asked("create", "trigger", self._name(), name, sql=self._sql)

    def _drop(self) -> Iterator[Asked]:
        kind, name = self._kind_and_name()
        if kind == "table":
            yield Asked("drop", "table", name, sql=self._sql)
            for part in split(self._reader.rest):
                if part[0].text and part[0].word not in ("CASCADE", "RESTRICT"):
                    yield Asked("drop", "table", _dotted(TokenReader(part)), sql=self._sql)
        elif kind:
            table = self._name() if self._reader.accept("ON") else ""
            yield Asked("drop", kind, table, name, sql=self._sql)

    def _alter(self) -> Iterator[Asked]:
        reader = self._reader
        if not reader.accept("TABLE"):
            return
        for words in (("IF", "EXISTS"), ("ONLY",)):
            reader.accept(*words)
        table = self._name()
        for part in split(reader.rest):
            yield from self._alter_table(table, TokenReader(part))

    def _alter_table(self, table: str, reader: TokenReader) -> Iterator[Asked]:
        first = reader.take().word
        if first == "RENAME":
            if reader.accept("TO"):
                yield Asked("rename", "table", table, to=_dotted(reader), sql=self._sql)
            elif reader.next.word not in ("CONSTRAINT", "INDEX", "KEY"):
                reader.accept("COLUMN")
                old = reader.take().value
                reader.accept("TO")
                yield Asked("rename", "column", table, old, to=reader.take().value, sql=self._sql)
        elif first in ("ADD", "DROP") and reader.next.word in _CONSTRAINT_WORDS[:7]:
            yield from self._alter_constraint(first, table, reader)
        elif first in ("ADD", "DROP", "ALTER", "MODIFY", "CHANGE"):
            reader.accept("COLUMN")
            for words in (("IF", "EXISTS"), ("IF", "NOT", "EXISTS")):
                reader.accept(*words)
            yield from self._alter_column(first, table, reader)

    def _alter_constraint(self, first: str, table: str, reader: TokenReader) -> Iterator[Asked]:
        words, name = [], ""
        while reader.next.kind != "end" and reader.next.text != "(":
            token = reader.take()
            words.append(token.word)
            if token.word not in _CONSTRAINT_WORDS:
                name = name or token.value
        kind = "index" if words[0] == "INDEX" else "constraint"
        inside = reader.group()
        columns = tuple(part[0].value for part in split(inside))
        if first == "DROP":
            yield Asked("drop", kind, table, name, sql=self._sql)
        elif "CHECK" in words:
            yield Asked("create", kind, table, name, where=fold(self._text, inside), sql=self._sql)
        elif reader.accept("REFERENCES"):
            other, referred = _dotted(reader), tuple(part[0].value for part in split(reader.group()))
            referred = () if "VALID" in [token.word for token in reader.rest] else referred
            yield Asked("create", kind, table, name, other, columns, referred, sql=self._sql)
        elif first == "ADD":
            unique = _if(bool({"UNIQUE", "PRIMARY"} & set(words)) and "USING" not in words, "unique")
            yield Asked("create", kind, table, name, columns=columns, attributes=unique, sql=self._sql)

    def _alter_column(self, first: str, table: str, reader: TokenReader) -> Iterator[Asked]:
        name = reader.take().value
        if first == "DROP":
            yield Asked("drop", "column", table, name, sql=self._sql)
            return
        new = reader.take().value if first == "CHANGE" else name
        words = [token.word for token in reader.rest]
        attributes = {asked for word, asked in _ATTRIBUTES.items() if word in words}
        if first in ("MODIFY", "CHANGE"):
            attributes.add("type")
        if any(pair == ("NOT", "NULL") for pair in pairwise(words)) and words[0] != "DROP":
            attributes.add("not null")
        action = "create" if first == "ADD" else "alter"
        yield Asked(action, "column", table, name, attributes=frozenset(attributes), sql=self._sql)
        if new != name:
            yield Asked("rename", "column", table, name, to=new, sql=self._sql)

    def _update(self) -> Iterator[Asked]:
        reader = self._reader
        if reader.accept("OR"):
            reader.take()
        for word in ("LOW_PRIORITY", "IGNORE", "ONLY"):
            reader.accept(word)
        table = self._name()
        self._skip_to("SET")
        reader.take()
        assigned, where = _until(reader.rest, "WHERE", "FROM", "ORDER", "LIMIT", "RETURNING")
        columns: list[str] = []
        for part in split(assigned):
            inner = TokenReader(part).group()
            if inner:
                columns += [one[0].value for one in split(inner)]
            else:  # t.c = 1 sets c
                equals = next((at for at, token in enumerate(part) if token.text == "="), 1)
                columns.append(part[equals - 1].value)
        condition = fold(self._text, _until(_after(where, "WHERE"), "RETURNING", "ORDER", "LIMIT")[0])
        yield Asked("update", "row", table, columns=tuple(columns), where=condition, sql=self._sql)

    def _insert(self) -> Iterator[Asked]:
        reader = self._reader
        replaces = reader.accept("OR", "REPLACE")
        if reader.accept("OR"):
            reader.take()
        for word in ("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"):
            reader.accept(word)
        table = self._name()
        named = tuple(part[0].value for part in split(reader.group()))
        rest = list(reader.rest)
        yield Asked("insert", "row", table, columns=self._computed(named, rest), sql=self._sql)
        words = [token.word for token in rest]
        if replaces or self._sql.upper().startswith("REPLACE") or "CONFLICT" in words or "DUPLICATE" in words:
            yield Asked("update", "row", table, columns=named or ("*",), sql=self._sql)

    @staticmethod
    def _computed(named: tuple[str, ...], rest: list[Token]) -> tuple[str, ...]:
        """The columns that an INSERT ... SELECT doesn't take over as they are from a column of the same name."""
        if not rest or rest[0].word != "SELECT":
            return named
        selected = list(split(_until(rest[1:], "FROM")[0]))
        if len(selected) != len(named):
            return ()
        pairs = zip(named, selected, strict=True)
        return tuple(
            name
            for name, part in pairs
            if len(part) not in (1, 3)
            or part[-1].value.lower() != name.lower()
            or (len(part) == 3 and part[1].text != ".")
        )

    def _where(self) -> str:
        return fold(self._text, _until(_after(list(self._reader.rest), "WHERE"), "RETURNING", "ORDER", "LIMIT")[0])

    def _kind_and_name(self) -> tuple[str, str]:
        reader = self._reader
        while reader.next.word in _FILLERS:
            reader.take()
        kind = reader.take().word if reader.next.word in _KINDS else ""
        if not kind:
            return "", ""
        for words in (("CONCURRENTLY",), ("IF", "NOT", "EXISTS"), ("IF", "EXISTS")):
            reader.accept(*words)
        return kind.lower(), "" if reader.next.word == "ON" else self._name()

    def _name(self) -> str:
        return _dotted(self._reader)

    def _skip_to(self, *words: str) -> None:
        depth = 0
        while self._reader.next.kind != "end" and (depth or self._reader.next.word not in words):
            depth += {"(": 1, ")": -1}.get(self._reader.take().text, 0)


def _dotted(reader: TokenReader) -> str:
    """A name, with its schema where it isn't the usual one."""
    words = [reader.take().value]
    while reader.next.text == ".":
        reader.take()
        words.append(reader.take().value)
    return ".".join(word for word in words if word.lower() not in ("main", "public"))


def _if(holds: bool, word: str) -> frozenset[str]:
    return frozenset({word} if holds else ())


def _until(tokens: Sequence[Token], *words: str) -> tuple[list[Token], list[Token]]:
    """What stands before the first of the words outside of parentheses, and the rest."""
    depth = 0
    for at, token in enumerate(tokens):
        if depth == 0 and token.word in words:
            return list(tokens[:at]), list(tokens[at:])
        depth += {"(": 1, ")": -1}.get(token.text, 0)
    return list(tokens), []


def _after(tokens: Sequence[Token], word: str) -> list[Token]:
    return _until(tokens, word)[1][1:]
