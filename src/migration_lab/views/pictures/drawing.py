"""What all views share: a drawing that a notebook shows as HTML and a terminal as text, its style, and escaping."""

from __future__ import annotations

import html
from dataclasses import dataclass

# JupyterLab's own colours, so that light and dark follow the learner's theme; on other pages, the reader's preference.
# Every mark also has a word or a sign, so nothing hangs on colour alone.
STYLE = """<style>
.mlab { --ink: var(--jp-content-font-color1, CanvasText); --soft: color-mix(in srgb, var(--ink) 80%, transparent);
  --line: var(--jp-border-color1, #bdbdbd); --paper: var(--jp-layout-color1, Canvas);
  --plus: var(--jp-success-color1, #2e7d32); --minus: var(--jp-error-color1, #c62828);
  --tilde: var(--jp-warn-color1, #b26a00);
  color: var(--ink); background: var(--paper); color-scheme: light dark; line-height: 1.35; overflow-wrap: break-word;
  font-size: var(--jp-ui-font-size1, 13px); font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
body[data-jp-theme-light="true"] .mlab { color-scheme: light; }
body[data-jp-theme-light="false"] .mlab { color-scheme: dark; }
.mlab .panes { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: flex-start; }
.mlab .pane { max-width: 100%; }
.mlab .box { max-width: 100%; overflow-x: auto; }
.mlab .box:focus-visible { outline: 2px solid; outline-offset: -2px; }
.mlab .whole { white-space: nowrap; }
.mlab .long { display: inline-block; min-width: 30ch; }
.mlab .title { margin: 2px 0; font-weight: 600; }
.mlab .note { color: var(--soft); margin: 2px 0; }
.mlab .trouble { border-left: 4px solid var(--tilde); padding: 2px 0 2px 12px; margin: 4px 0; }
.mlab table.grid { border-collapse: collapse; margin: 4px 0 8px; font-size: inherit; color: inherit; border: 0; }
.mlab table.grid caption { text-align: left; caption-side: top; padding: 2px 0; color: var(--ink); font-weight: 600;
  white-space: nowrap; }
.mlab table.grid th, .mlab table.grid td { border: 1px solid var(--line); padding: 2px 8px; text-align: left;
  vertical-align: top; max-width: none; overflow-wrap: normal; white-space: normal;
  background: none; color: inherit; }
.mlab table.grid td.words { max-width: 40ch; }
.mlab table.grid td.sql { white-space: pre-wrap; min-width: 22ch; max-width: 90ch; overflow-wrap: break-word; }
.mlab table.grid thead th { border-bottom: 2px solid var(--line); }
.mlab table.grid tbody tr, .mlab table.grid tbody tr:hover { background: none; }
.mlab table.grid td { font-family: var(--jp-code-font-family, monospace); }
.mlab table.grid td.words { font-family: inherit; }
.mlab table.grid td.number { text-align: right; white-space: nowrap; }
.mlab .null { color: var(--soft); font-style: italic; }
.mlab .appeared { background: color-mix(in srgb, var(--plus) 20%, transparent) !important; }
.mlab .changed { background: color-mix(in srgb, var(--tilde) 22%, transparent) !important; }
.mlab .vanished { background: color-mix(in srgb, var(--minus) 16%, transparent) !important; }
.mlab .vanished td, .mlab .vanished .long, .mlab .gone { text-decoration: line-through; }
.mlab .mark { font-size: 85%; font-weight: 600; white-space: nowrap; text-decoration: none; display: inline-block;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.mlab .was { color: var(--soft); font-size: 85%; }
.mlab ul.parts, .mlab ol.revisions { margin: 2px 0 8px; padding-left: 20px; }
.mlab pre { white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; margin: 4px 0; padding: 4px 8px;
  color: inherit; background: color-mix(in srgb, var(--ink) 6%, transparent);
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.mlab details > summary { cursor: pointer; }
.mlab .failure { border-left: 4px solid var(--minus); padding: 2px 0 2px 12px; margin: 4px 0; }
.mlab .failure > p, .mlab .trouble > p { margin: 2px 0; }
.mlab .fine { border-left: 4px solid var(--plus); padding-left: 12px; }
</style>"""


# Control characters would vanish on a page, and steer a terminal: they become their symbols.
_SYMBOLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
LONGEST = 400  # characters shown of a name, a default, a rule: as much as a reader would read
ONE_LINE = 40  # characters that stay on one line, whatever the room


def visible(text: str) -> str:
    """Text that can be shown anywhere: without control characters and halves of surrogate pairs."""
    return text.translate(_SYMBOLS).encode("utf-8", "backslashreplace").decode("utf-8")


def escape(text: object) -> str:
    """Text for HTML, quotes included."""
    return html.escape(visible(str(text)), quote=True)


def clip(text: str) -> str:
    """Text cut after ``LONGEST`` characters, with its length."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def brief(text: str) -> str:
    """Text for HTML that a database or a file may have made as long as it likes."""
    return escape(clip(text))


def whole(text: str) -> str:
    """A name, a type or a value for HTML: on one line, or where it is long broken between its words, never in one."""
    if len(text) <= ONE_LINE:
        return f'<span class="whole">{brief(text)}</span>' if text else ""
    words = " ".join(f'<span class="whole">{escape(word)}</span>' for word in clip(text).split())
    return f'<span class="long">{words}</span>'


def box(label: str, inside: str) -> str:
    """HTML in a box of its own, which scrolls where the page is too narrow. The keyboard reaches it; it is a group."""
    return f'<div class="box" tabindex="0" role="group" aria-label="{brief(label)}">{inside}</div>'


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something to look at. As the last line of a cell it shows itself; ``print`` gives it as text."""

    body: str
    text: str

    @property
    def html(self) -> str:
        """The drawing with its style, ready for a page, on which $1 and $2 are parameters and no formula."""
        return f'{STYLE}<div class="mlab mathjax_ignore">{self.body}</div>'

    def _repr_mimebundle_(self, **options: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": str(self)}

    def __str__(self) -> str:
        return visible(self.text)
