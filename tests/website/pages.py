"""Read a built page as a test needs it: its words, its links, what it loads, its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "video": "src", "object": "data"}
SILENT = {"script", "style", "svg"}


@dataclass
class Page:
    """``links`` are where the page leads, ``loads`` what a browser fetches for it, ``anchors`` the ids on it."""

    text: str
    source: str
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    pictures: list[tuple[str, str | None]] = field(default_factory=list)


def read_page(path: Path) -> Page:
    """Read the page at ``path``."""
    reader = _Reader(path.read_text(encoding="utf-8"))
    reader.page.text = " ".join("".join(reader.words).split())
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.page = Page("", source)
        self.words: list[str] = []
        self.silent = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.page.anchors.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.page.links.append(str(values["href"]))
        if tag == "link" and values.get("rel") in {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch"}:
            self.page.loads.append(str(values.get("href")))
        if tag in LOADING and values.get(LOADING[tag]):
            self.page.loads.append(str(values[LOADING[tag]]))
        if tag == "img":
            self.page.pictures.append((str(values.get("src")), values.get("alt")))
        self.silent += tag in SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)
