"""What Sphinx learns for this site: diagrams drawn from the site's own script."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

SCRIPTS = ("mermaid/mermaid.js", "diagrams.js")


class Mermaid(Directive):
    """A diagram. Its ``accTitle`` and ``accDescr`` are its words for whoever doesn't see it; the labels, without them.

    A reader without scripts sees the source of the diagram.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        source = "\n".join(self.content)
        html = (
            f'<figure class="diagram"><pre class="diagram-source" tabindex="0" data-words="{escape(words(source))}">'
            f"{escape(source)}</pre></figure>"
        )
        return [nodes.raw("", html, format="html", classes=["diagram"])]


def words(source: str) -> str:
    """The text alternative of a diagram."""
    forms = (rf"^\s*{key}\s*(?::\s*(.+)|\{{([^}}]*)\}})" for key in ("accTitle", "accDescr"))
    given = [re.search(form, source, re.MULTILINE) for form in forms]
    told = [" ".join((match[1] or match[2]).split()) for match in given if match]
    labels = re.findall(r"[\[{]([^\[\]{}]+)[\]}]", source) or re.findall(r":\s*(.+)$", source, re.MULTILINE)
    return ". ".join(told) or "Diagram: " + ", ".join(re.sub(r"<br\s*/?>", " ", label) for label in labels)


def add_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """Load the drawing of diagrams on the pages that have one, and on no other: it is large."""
    if tree is not None and any("diagram" in raw["classes"] for raw in tree.findall(nodes.raw)):
        for script in SCRIPTS:
            app.add_js_file(script)


def level_captions(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """Give the captions of the navigation the level that their role asks for, and that Sphinx leaves out."""
    if "furo_navigation_tree" in context:
        levelled = context["furo_navigation_tree"].replace('role="heading"', 'role="heading" aria-level="2"')
        context["furo_navigation_tree"] = levelled


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx calls this."""
    app.add_directive("mermaid", Mermaid)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", level_captions, priority=900)  # after the theme, which makes the navigation
    return {"parallel_read_safe": True, "parallel_write_safe": True}
