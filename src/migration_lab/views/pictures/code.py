"""Draw code as an editor would: in JupyterLab's own colours for it, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from pygments.util import ClassNotFound

from migration_lab.views.pictures.drawing import escape

# Mixed with the colour of text: some of the editors' own are too faint to be read on every paper. Where there is no
# JupyterLab, the colours after the commas; light-dark() goes by the page's colour scheme.
CODE_STYLE = """<style>
.mlab pre.code { white-space: pre; overflow-x: auto; overflow-wrap: normal; word-break: normal;
  padding: 4px 8px; line-height: 1.35; background: var(--paper); border: 1px solid var(--line); }
.mlab pre.code:focus-visible { outline: 2px solid; outline-offset: -2px; }
.mlab pre.code span { color: color-mix(in srgb, var(--editor, var(--ink)) 55%, var(--ink)); }
.mlab pre.code .keyword { --editor: var(--jp-mirror-editor-keyword-color, light-dark(#00701a, #66c26c)); }
.mlab pre.code .string { --editor: var(--jp-mirror-editor-string-color, light-dark(#b02020, #ff8a80)); }
.mlab pre.code .number { --editor: var(--jp-mirror-editor-number-color, light-dark(#00701a, #7fce82)); }
.mlab pre.code .name { --editor: var(--jp-mirror-editor-def-color, light-dark(#1a3fd0, #82b1ff)); }
.mlab pre.code .builtin { --editor: var(--jp-mirror-editor-builtin-color, light-dark(#00701a, #66c26c)); }
.mlab pre.code .decorator { --editor: var(--jp-mirror-editor-meta-color, light-dark(#7a1fb0, #ce93d8)); }
.mlab pre.code .comment { --editor: var(--jp-mirror-editor-comment-color, light-dark(#356a6a, #8fbcbc));
  font-style: italic; }
.mlab pre.wrapped { white-space: pre-wrap; }
.mlab pre.wrapped :is(.line, ins, del) { display: inline-block; box-sizing: border-box; min-width: 100%;
  padding-left: 8ch; text-indent: -8ch; text-decoration: none; color: inherit; }
.mlab pre.code ins { background: color-mix(in srgb, var(--plus) 14%, transparent); }
.mlab pre.code del { background: color-mix(in srgb, var(--minus) 12%, transparent); }
.mlab pre.code .sign { font-weight: 700; user-select: none; -webkit-user-select: none; --editor: var(--ink); }
.mlab .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; user-select: none; -webkit-user-select: none; }
</style>"""

_LOOKS = (
    (Operator.Word, "keyword"),
    (Keyword, "keyword"),
    (String, "string"),
    (Number, "number"),
    (Comment, "comment"),
    (Name.Decorator, "decorator"),
    (Name.Builtin, "builtin"),
    (Name.Function, "name"),
    (Name.Class, "name"),
)


def draw_code(text: str, file: str = "code.py", *, style: str = "", title: str = "") -> str:
    """A text as HTML in the colours that belong to a file of this name. ``style`` and ``title`` are the box's own."""
    return code_box(code_lines(text, file), file, style=style, title=title)


def code_box(lines: Sequence[str], label: str, *, style: str = "", title: str = "") -> str:
    """Lines of HTML in a box that scrolls sideways, which the keyboard reaches."""
    hint = f' title="{escape(title)}"' if title else ""
    opening = f'<pre class="{f"code {style}".strip()}" tabindex="0" role="group" aria-label="{escape(label)}"{hint}>'
    return opening + "\n".join(lines) + "</pre>"


@lru_cache(maxsize=256)  # one migration is drawn for many runs of the playground
def code_lines(text: str, file: str) -> tuple[str, ...]:
    """Each line of the text as HTML; the lines stand for themselves, so that each can be marked or left out."""
    lines = [""]
    tokens = ((_look(kind), words) for kind, words in _lexer(file).get_tokens(text))
    for look, group in groupby(tokens, key=itemgetter(0)):  # a string, say, is a token for each of its quotes
        first, *more = (_span(part, look) for part in "".join(words for _, words in group).split("\n"))
        lines[-1] += first
        lines += more
    return tuple(lines)


def _look(kind: Any) -> str:
    return next((look for parent, look in _LOOKS if kind in parent), "")


def _span(text: str, look: str) -> str:
    return f'<span class="{look}">{escape(text)}</span>' if look and text.strip() else escape(text)


def _lexer(file: str) -> Lexer:
    try:
        return get_lexer_for_filename(file, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False, ensurenl=False)
