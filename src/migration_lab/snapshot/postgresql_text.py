"""PostgreSQL's spelling of types and expressions, brought to that which all engines share."""

from __future__ import annotations

import re
from collections.abc import Container

# As SQLAlchemy writes them.
_SPELLINGS = (("CHARACTER VARYING", "VARCHAR"), (" WITHOUT TIME ZONE", ""))
_CHAR = re.compile(r"^CHARACTER\b")
_STRING = r"'(?:[^']|'')*'"
_CASTS = r"(?:::(?:text|character\ varying)(?:\[\])?(?![\w(\[]))"
_TEXTS = re.compile(
    rf"""(?P<array>ARRAY\[{_STRING}{_CASTS}*(?:,\s*{_STRING}{_CASTS}*)*\])(?P<of_array>{_CASTS}*)
    | (?P<string>{_STRING}){_CASTS}*
    | (?P<name>[^\W\d][\w$]*|"(?:[^"]|"")*")(?P<of_name>{_CASTS}*)""",
    re.VERBOSE,
)
_LITERAL = re.compile(r"('(?:[^']|'')*')::(.+)", re.DOTALL)


def type_text(formatted: str, builtin: bool) -> str:
    """The type that format_type() tells, as SQLAlchemy writes it: ``VARCHAR(50)``, ``TIMESTAMP``, ``INTEGER[]``.

    A type that isn't ``builtin`` keeps its own name.
    """
    if not builtin or '"' in formatted:
        return formatted
    text = formatted.upper()
    for long, short in _SPELLINGS:
        text = text.replace(long, short)
    return _CHAR.sub("CHAR", text)


def default_text(expression: str | None, type_name: str) -> str | None:
    """A default without the cast to the column's own type that PostgreSQL writes behind a literal."""
    if expression is None:
        return None
    literal = _LITERAL.fullmatch(expression)
    return literal[1] if literal and literal[2] == type_name else plain(expression)


def plain(expression: str, texts: Container[str] = ()) -> str:
    """An expression as it would be written, without the casts to text that PostgreSQL adds.

    Those of literals go, and those of the columns named in ``texts``, which hold text anyway. PostgreSQL adds other
    ones when it reads its own text again, so that the same rule has two spellings there.
    """

    def bare(match: re.Match[str]) -> str:
        if match["array"]:
            return "ARRAY[" + _TEXTS.sub(bare, match["array"][len("ARRAY[") :])
        if match["string"]:
            return match["string"]
        name = match["name"]
        return name if name.strip('"').replace('""', '"') in texts else match[0]

    return _TEXTS.sub(bare, expression)
