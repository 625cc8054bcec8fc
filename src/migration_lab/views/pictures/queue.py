"""Draw who waits for whom: the queue as a small graph, each session under the one it waits for, and as a table.

The graph is SVG without a script: it takes the page's colours, and stays as it is in a saved notebook and on the site.
Whatever it shows is there in words too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from migration_lab.locks import Locks, Session
from migration_lab.views.pictures.drawing import Drawing, box, brief, clip, escape, visible

MOST_DRAWN = 12
_WIDTH, _HEIGHT, _GAP, _STEP = 660, 62, 12, 36  # of the graph; of a session in it; between two; to the right, a place
_DEEPEST = 5  # steps to the right
_MARGIN = 20
_LETTER = 7.0  # the width of a letter, more or less

STYLE = """<style>
.mlab svg.queue { display: block; width: 100%; min-width: 520px; max-width: 860px; height: auto; }
.mlab svg.queue text { fill: var(--ink); font-size: 12px;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.mlab svg.queue .who { font-weight: 600; }
.mlab svg.queue .sql { font-family: var(--jp-code-font-family, monospace); font-size: 11px; }
.mlab svg.queue rect { fill: var(--paper); stroke: var(--ink); stroke-width: 1; }
.mlab svg.queue .waits { stroke-dasharray: 5 3; }
.mlab svg.queue .first { stroke-width: 3; stroke: var(--tilde); }
.mlab svg.queue path { fill: none; stroke: var(--ink); stroke-width: 1.3; }
.mlab svg.queue path.tip { fill: var(--ink); stroke: none; }
</style>"""


def draw_locks(locks: Locks, title: str = "") -> Drawing:
    """The graph of those who wait and are waited for, and a table of all sessions."""
    head = f"{title}: {summary(locks)}" if title else summary(locks)
    parts = [f'<p class="title" role="status">{brief(head)}</p>']
    if locks.waiting:
        parts.append(box("Who waits for whom", _graph(locks, head)))
    if locks.sessions:
        parts.append(box("Sessions and their locks", _table(locks)))
    parts += [f'<p class="note">{brief(note)}</p>' for note in locks.notes]
    lines = [head, *(f"  {'  ' * place}{_words(locks, session)}" for place, session in _places(locks)), *locks.notes]
    return Drawing(STYLE + "".join(parts), "\n".join(clip(line) for line in lines))


def show_locks(locks: Locks, title: str = "") -> Drawing:
    """Draw the locks of one moment, as :func:`migration_lab.locks.read_locks` reads them."""
    return draw_locks(locks, title)


def summary(locks: Locks) -> str:
    """As in ``3 sessions wait. 4711, idle in transaction, holds them up``."""
    waiting, first = len(locks.waiting), locks.holding_up
    if not waiting:
        return "nobody waits"
    count = "1 session waits" if waiting == 1 else f"{waiting} sessions wait"
    if first:
        who = ", ".join(f"{one.id} ({one.state or 'unknown here'})" for one in first[:3])
        them = "it" if waiting == 1 else "them"
        return f"{count}. {who} {'holds' if len(first) == 1 else 'hold'} {them} up"
    if all(session.behind for session in locks.waiting):
        return f"{count}, for each other: a deadlock, which the database will end"
    return f"{count}. Behind whom isn’t told"


def _places(locks: Locks) -> list[tuple[int, Session]]:
    """The sessions, each under the last of those it waits for, with how far to the right it stands."""
    under: dict[str, list[Session]] = {}
    tops = []
    for session in locks.sessions:
        ahead = [id for id in session.behind if locks.of(id) is not None]
        if ahead:
            under.setdefault(max(ahead, key=lambda id: locks.depths[id]), []).append(session)
        else:
            tops.append(session)
    placed: dict[str, tuple[int, Session]] = {}

    def place(session: Session, depth: int) -> None:
        if session.id not in placed:
            placed[session.id] = (depth, session)
            for one in under.get(session.id, []):
                place(one, depth + 1)

    for session in (*tops, *locks.sessions):  # those that wait for each other are under none of the first
        place(session, 0)
    return list(placed.values())


def _graph(locks: Locks, label: str) -> str:
    involved = {id for session in locks.waiting for id in (session.id, *session.behind)}
    places = [(place, session) for place, session in _places(locks) if session.id in involved]
    more = len(places) - MOST_DRAWN
    first = {session.id for session in locks.holding_up}
    corners: dict[str, tuple[int, int]] = {}
    boxes = []
    for row, (place, session) in enumerate(places[:MOST_DRAWN]):
        x, y = _MARGIN + _STEP * min(place, _DEEPEST), 4 + row * (_HEIGHT + _GAP)
        corners[session.id] = (x, y)
        boxes.append(_box(session, x, y, "first" if session.id in first else "waits" if session.wants else ""))
    height = 4 + min(len(places), MOST_DRAWN) * (_HEIGHT + _GAP)
    arrows = "".join(
        _arrow(corners[session.id], corners[id])
        for _, session in places[:MOST_DRAWN]
        for id in _drawn_behind(locks, session)
        if id in corners
    )
    note = f'<p class="note">{more} more sessions are in the table alone.</p>' if more > 0 else ""
    return (
        f'<svg class="queue" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(clip(label))}">'
        f"{arrows}{''.join(boxes)}</svg>{note}"
    )


def _drawn_behind(locks: Locks, session: Session) -> list[str]:
    """Who is pointed at: not who is before one that is pointed at anyway, which the words name."""
    ahead = [id for id in session.behind if locks.of(id) is not None]
    nearest = max((locks.depths[id] for id in ahead), default=0)
    return [id for id in ahead if locks.depths[id] == nearest]


def _box(session: Session, x: int, y: int, kind: str) -> str:
    width = _WIDTH - x - 4
    name = f" · {session.name}" if session.name else ""
    locks = f"waits for {session.wants}{_behind(session)}" if session.wants else _holds(session)
    state = "" if session.wants else f" · {session.state}" if session.state else ""
    lines = (("who", f"{session.id}{name}{state}"), ("", locks), ("sql", session.statement))
    texts = "".join(
        f'<text class="{look}" x="{x + 8}" y="{y + 17 + 18 * place}">{escape(_cut(text, width - 16))}</text>'
        for place, (look, text) in enumerate(lines)
    )
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="4"/>{texts}'


def _arrow(waiter: tuple[int, int], ahead: tuple[int, int]) -> str:
    """From the left of who waits to the bottom of whom it waits for; where that isn't above, around by the left."""
    (x, y), (to_x, to_y) = waiter, ahead
    middle = y + _HEIGHT // 2
    if to_x < x and to_y < y:
        turn, bottom = to_x + _STEP // 2, to_y + _HEIGHT
        tip = f"M{turn} {bottom}l-5 8h10z"
        return f'<path d="M{x} {middle}H{turn}V{bottom + 7}"/><path class="tip" d="{tip}"/>'
    turn, end = 8, to_y + _HEIGHT // 2 + 8
    return f'<path d="M{x} {middle}H{turn}V{end}H{to_x - 7}"/><path class="tip" d="M{to_x} {end}l-8 -5v10z"/>'


def _table(locks: Locks) -> str:
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("session", "state", "holds", "waits for", "behind", "statement")
    )
    rows = "".join(
        f'<tr><th scope="row">{brief(f"{one.id} {one.name}".strip())}</th><td class="words">{brief(_state(one))}</td>'
        f"<td>{_list(map(str, one.holds))}</td><td>{brief(str(one.wants or ''))}</td>"
        f'<td>{brief(", ".join(one.behind))}</td><td class="sql">{brief(one.statement)}</td></tr>'
        for one in locks.sessions
    )
    return (
        f'<table class="grid"><caption>Sessions and their locks</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _list(words: Iterator[str]) -> str:
    shown = list(words)
    return "<br>".join(brief(word) for word in shown[:5]) + (f"<br>and {len(shown) - 5} more" if len(shown) > 5 else "")


def _state(session: Session) -> str:
    since = session.waits_since if session.wants else session.began
    return f"{session.state} since {time.strftime('%H:%M:%S', time.localtime(since))}" if since else session.state


def _holds(session: Session) -> str:
    shown = ", ".join(str(lock) for lock in session.holds[:3]) + (" …" if len(session.holds) > 3 else "")
    return f"holds {shown}" if shown else ""


def _behind(session: Session) -> str:
    return (
        f", behind {' and '.join(session.behind[:3])}{' …' if len(session.behind) > 3 else ''}"
        if session.behind
        else ""
    )


def _words(locks: Locks, session: Session) -> str:
    parts = [f"{session.id} {session.name}".strip(), _state(session), _holds(session)]
    parts += [f"waits for {session.wants}{_behind(session)}"] if session.wants else []
    return " · ".join(part for part in (*parts, " ".join(session.statement.split())) if part)


def _cut(text: str, width: float) -> str:
    text, most = " ".join(visible(text).split()), int(width / _LETTER)
    return text if len(text) <= most else f"{text[: most - 1]}…"
