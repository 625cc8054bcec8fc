"""A column's definition in the text that SHOW CREATE TABLE gives on MariaDB and MySQL, with NOT NULL or without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# As printed with backquotes around names, and without NO_BACKSLASH_ESCAPES. A comment may be a clause of its own.
_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|''|\\.)*') | (?P<name>`(?:[^`]|``)*`) | (?P<comment>/\*.*?\*/) | (?P<word>\w+) | \S""",
    re.VERBOSE | re.DOTALL,
)
# What may come behind NOT NULL in a definition. With a generated column, its expression comes before.
_BEHIND = ("DEFAULT", "ON", "AUTO_INCREMENT", "COMMENT", "CHECK", "REFERENCES")


@dataclass(frozen=True)
class Definition:
    """One column's line: the text, and its tokens outside of parentheses, words in capitals."""

    text: str
    words: tuple[tuple[str, int, int], ...]

    @property
    def required(self) -> bool:
        """Whether it says NOT NULL."""
        return self._find("NOT", "NULL") is not None

    @property
    def generated(self) -> bool:
        """Whether its values are calculated."""
        return self._find("GENERATED") is not None

    @property
    def rest(self) -> list[str]:
        """All its words but those about NULL, in no order: what has to stay."""
        text = self._without("DEFAULT", "NULL")._without("NOT", "NULL")._without("NULL").text
        return sorted(match.group() for match in _TOKEN.finditer(text))

    def with_null(self, allowed: bool) -> str:
        """The same column that may be NULL, or may not."""
        bare = self._without("DEFAULT", "NULL")._without("NOT", "NULL")._without("NULL")
        behind = [start for word, start, _ in bare.words if word in _BEHIND]
        at = min(behind, default=len(bare.text))
        word = "NULL" if allowed else "NOT NULL"
        return f"{bare.text[:at].rstrip()} {word} {bare.text[at:]}".rstrip()

    def _find(self, *words: str) -> tuple[int, int] | None:
        for at in range(len(self.words) - len(words) + 1):
            found = self.words[at : at + len(words)]
            if tuple(word for word, _, _ in found) == words:
                return found[0][1], found[-1][2]
        return None

    def _without(self, *words: str) -> Definition:
        place = self._find(*words)
        return self if place is None else _definition(self.text[: place[0]].rstrip() + self.text[place[1] :])


def column_definition(create_table: str, column: str) -> Definition | None:
    """The definition of that column, in any letter case, in a CREATE TABLE as the server prints it."""
    for text in _parts(create_table):
        first = _TOKEN.match(text)
        if first and first["name"] and first["name"][1:-1].replace("``", "`").lower() == column.lower():
            return _definition(text)
    return None


def _parts(create_table: str) -> Iterator[str]:
    """What stands between the commas inside the outer parentheses."""
    depth, start = 0, 0
    for match in _TOKEN.finditer(create_table):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if match.group() == "(" and depth == 1:
            start = match.end()
        elif (match.group() == "," and depth == 1) or (match.group() == ")" and depth == 0):
            yield create_table[start : match.start()].strip()
            start = match.end()
            if depth == 0:
                return


def _definition(text: str) -> Definition:
    depth = 0
    words = []
    for match in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            words.append(((match["word"] or "").upper(), match.start(), match.end()))
    return Definition(text, tuple(words))
