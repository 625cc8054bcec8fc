"""SQLite's SQL as a sequence of tokens, each with its place in the text, so that the text can be read or edited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# White space and identifier characters are SQLite's own: a no-break space, say, belongs to a name there. What isn't
# closed runs to the end of the text, so every text has tokens and none raises.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\f\r]+)
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<blob>[xX]'[^']*(?:'|\Z))
    | (?P<string>'(?:[^']|'')*(?:'|\Z))
    | (?P<identifier>"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)|\[[^\]]*(?:\]|\Z))
    | (?P<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)
    | (?P<word>[A-Za-z_\u0080-\U0010ffff][0-9A-Za-z_$\u0080-\U0010ffff]*)
    | (?P<punctuation>->>|->|\|\||<<|>>|<=|>=|<>|!=|==|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``sql[start:end]`` is its ``text``.

    ``kind`` is ``word`` (a keyword or a bare name), ``identifier`` (a quoted name), ``string``, ``blob``, ``number``,
    ``comment`` or ``punctuation``.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The token in capitals if it can be a keyword, otherwise ``""``: a quoted name is never a keyword."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """The name or string that the token means, without its quotes."""
        if self.kind not in ("identifier", "string"):
            return self.text
        if self.text.startswith("["):
            return self.text[1:].removesuffix("]")
        quote = self.text[0]
        inner = self.text[1:-1] if len(self.text) > 1 and self.text.endswith(quote) else self.text[1:]
        return inner.replace(quote * 2, quote)


END = Token("end", "", 0, 0)
"""Stands for what follows the last token."""


def tokenize(sql: str) -> tuple[Token, ...]:
    """All tokens of ``sql`` in order, comments among them, white space not. Never raises."""
    return tuple(
        Token(match.lastgroup or "", match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    )


def fold(sql: str, tokens: Sequence[Token]) -> str:
    """The stretch of ``sql`` that ``tokens`` cover, each gap of white space or comments as a single space."""
    pieces: list[str] = []
    end = None
    for token in tokens:
        if end is not None and token.start > end:
            pieces.append(" ")
        pieces.append(token.text)
        end = token.end
    return "".join(pieces)


def canonical(expression: str) -> str:
    """A form of ``expression`` equal for two spellings of the same thing.

    Letter case of bare words, white space, comments, the quotes of names and parentheses around the whole don't count.
    """
    tokens = [token for token in tokenize(expression) if token.kind != "comment"]
    while tokens and tokens[0].text == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return " ".join(
        token.text if token.kind in ("string", "blob") else token.value.lower() for token in tokens if token.text
    )


def split(tokens: Sequence[Token], separator: str = ",") -> Iterator[list[Token]]:
    """The tokens between separators that stand outside any parentheses; no empty stretches."""
    depth = 0
    stretch: list[Token] = []
    for token in tokens:
        if token.text == separator and depth == 0:
            if stretch:
                yield stretch
            stretch = []
            continue
        depth += _step(token)
        stretch.append(token)
    if stretch:
        yield stretch


class TokenReader:
    """Goes through tokens from left to right. At the end it goes on giving ``END``."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> Token:
        """The coming token, left where it is."""
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    @property
    def rest(self) -> Sequence[Token]:
        """All coming tokens, left where they are."""
        return self._tokens[self._at :]

    def take(self) -> Token:
        """The coming token, passed over."""
        token = self.next
        self._at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Pass over these keywords if they come next, all of them; say whether they did."""
        coming = self._tokens[self._at : self._at + len(words)]
        if tuple(token.word for token in coming) != words:
            return False
        self._at += len(words)
        return True

    def group(self) -> Sequence[Token]:
        """Pass over ``( ... )`` if it comes next and give what is inside; otherwise give nothing and stay."""
        if self.next.text != "(":
            return ()
        start = self._at + 1
        length = _closing(self._tokens[self._at :])
        self._at += length + 1
        return self._tokens[start : self._at - 1]


def _closing(tokens: Sequence[Token]) -> int:
    """The position of the parenthesis that closes the first one; past the end where it is never closed."""
    depth = 0
    for position, token in enumerate(tokens):
        depth += _step(token)
        if depth == 0:
            return position
    return len(tokens)


def _step(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0)
