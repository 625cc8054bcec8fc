"""Words of a database as Markdown that shows just them."""

from __future__ import annotations

_SIGNS = ("\\", "|", "*", "_", "`", "<", "[", "~", "#", "{", "$")


def escape(words: str) -> str:
    """The words, on one line, with each sign that Markdown reads marked as a sign."""
    words = " ".join(words.split())
    for sign in _SIGNS:
        words = words.replace(sign, f"\\{sign}")
    return words


def fenced(kind: str, text: str) -> str:
    """A block of code, which the text can't end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{kind}\n{text}\n{fence}"
