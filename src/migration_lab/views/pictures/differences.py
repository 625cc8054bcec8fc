"""Show a snapshot, or what differs between two of them, as a picture that stays as it is."""

from __future__ import annotations

from migration_lab.snapshot import Snapshot, diff
from migration_lab.views.pictures.database import draw_database
from migration_lab.views.pictures.drawing import Drawing, brief


def show(snapshot: Snapshot, title: str = "") -> Drawing:
    """Draw one snapshot."""
    return draw_database(snapshot, title=title)


def show_diff(before: Snapshot, after: Snapshot, title: str = "") -> Drawing:
    """Draw the state ``after`` with what changed since ``before`` marked, then each change in a line of words."""
    changes = diff(before, after)
    picture = draw_database(after, changes=changes, title=title)
    lines = changes.describe()
    items = "".join(f"<li>{brief(line)}</li>" for line in lines)
    words = f'<p class="title">What changed</p><ul class="parts">{items}</ul>' if lines else "<p>Nothing changed.</p>"
    return Drawing(picture.body + words, picture.text if lines else f"{picture.text}\nNothing changed.")
