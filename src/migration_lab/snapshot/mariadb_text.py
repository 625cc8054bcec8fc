"""MariaDB's spellings of types, defaults and expressions, in the words that other engines have for the same."""

from __future__ import annotations

import re

_STRING = r"'(?:[^'\\]|''|\\.)*'"
_TOKEN = re.compile(rf"(?P<string>{_STRING})|`(?P<name>(?:[^`]|``)+)`(?P<dot>\.)?", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPED = {"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPE = re.compile(r"(?P<name>\w+)(?P<arguments>\(.*\))?(?P<attributes>[^()]*)", re.DOTALL)
_VERSIONED = re.compile(r"/\*M?!\d*\s*(.*?)\*/")
_MOMENT = re.compile(r"(?i)current_timestamp(?:\((\d*)\))?")
# The display widths that nobody asked for, of signed and unsigned numbers.
_WIDTHS = {
    "tinyint": ("(4)", "(3)"),
    "smallint": ("(6)", "(5)"),
    "mediumint": ("(9)", "(8)"),
    "int": ("(11)", "(10)"),
    "bigint": ("(20)", "(20)"),
    "year": ("(4)", "(4)"),
}
_NAMES = {"int": "INTEGER", "decimal": "NUMERIC"}


def plain_expression(text: str, database: str) -> str:
    """``text`` with strings as standard SQL has them, and names bare where they can be.

    What is in ``database`` isn't qualified by its name.
    """

    def plain(token: re.Match[str]) -> str:
        if token["string"]:
            return "'" + plain_value(token["string"]).replace("'", "''") + "'"
        name, dot = token["name"].replace("``", "`"), token["dot"] or ""
        if dot and name == database:
            return ""
        return (name if _PLAIN_NAME.fullmatch(name) else f"`{token['name']}`") + dot

    return _TOKEN.sub(plain, text)


def plain_value(literal: str) -> str:
    """What a string literal of MariaDB means."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]) if found[1] else "'", literal[1:-1])


def plain_type(text: str) -> str:
    """A column's type as SQLAlchemy spells it: ``INTEGER``, ``BOOLEAN``, ``VARCHAR(50)``, ``BIGINT UNSIGNED``."""
    text = _VERSIONED.sub(r"\1", text)
    found = _TYPE.fullmatch(text)
    if found is None:
        return text
    name, arguments, attributes = found["name"].lower(), found["arguments"] or "", found["attributes"].upper()
    if name == "tinyint" and arguments == "(1)" and not attributes:
        return "BOOLEAN"
    if name in ("enum", "set"):
        arguments = plain_expression(arguments, "")
    elif arguments == _WIDTHS.get(name, ("", ""))["UNSIGNED" in attributes] and "ZEROFILL" not in attributes:
        arguments = ""
    return _NAMES.get(name, name.upper()) + arguments.replace(",", ", " if name == "decimal" else ",") + attributes


def plain_default(text: str | None, database: str) -> str | None:
    """A server default as SQL; None where there is none, which MariaDB also writes as NULL."""
    if text is None or text == "NULL":
        return None
    return plain_moment(plain_expression(text, database))


def plain_moment(text: str) -> str:
    """``CURRENT_TIMESTAMP`` as it is spelt elsewhere, whatever its precision."""
    return _MOMENT.sub(lambda found: "CURRENT_TIMESTAMP" + (f"({found[1]})" if found[1] else ""), text)


def literal(value: str) -> str:
    """``value`` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"
