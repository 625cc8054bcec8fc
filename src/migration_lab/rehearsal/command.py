"""The command ``migration-lab rehearse``: what it prints, and the status with which it ends."""

from __future__ import annotations

import contextlib
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from migration_lab.engines import EngineError
from migration_lab.rehearsal.as_json import as_json
from migration_lab.rehearsal.page import as_html
from migration_lab.rehearsal.rehearse import rehearse
from migration_lab.rehearsal.report import RehearsalError
from migration_lab.rehearsal.text import as_text, summary


def rehearse_command(options: Namespace) -> int:
    """Rehearse as the command line asks. Returns 0 where nothing is found, 1 where something is, 2 without a verdict.

    ``options`` has ``config``, ``url``, ``to``, ``writer``, ``keep``, ``baseline``, ``json`` and ``html``.
    """
    try:
        with _terminated_as_interrupted(), _bar() as progress:
            if options.html is not None and not options.html.absolute().parent.is_dir():
                raise RehearsalError(f"There is no folder {options.html.parent} for --html.")
            report = rehearse(
                options.config,
                url=options.url,
                to=options.to,
                writer=options.writer,
                keep=options.keep,
                baseline=options.baseline,
                progress=progress,
            )
            if options.html is not None:
                try:
                    options.html.write_text(as_html(report), encoding="utf-8")
                except OSError as error:
                    raise RehearsalError(f"{options.html} can't be written: {error.strerror}.") from None
    except KeyboardInterrupt:
        print("Interrupted: the copy is removed, and there is no verdict.", file=sys.stderr)
        return 2
    except (RehearsalError, EngineError) as error:
        print(f"migration-lab rehearse: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(as_json(report))
    elif options.html is not None:
        print(summary(report))
    else:
        print(as_text(report), end="")
    return report.exit_status


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """A bar for whoever looks at a terminal, which is wiped away at the end."""
    from tqdm import tqdm  # not before somebody wants it

    with tqdm(total=100, leave=False, disable=None, bar_format="{desc:10} {bar} {percentage:3.0f} %") as bar:

        def tell(phase: str, part: float) -> None:
            bar.set_description_str(phase)
            bar.n = round(100 * part)
            bar.refresh()

        yield tell


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """A request to end, as CI sends it, leaves as little behind as Ctrl-C."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    with contextlib.ExitStack() as restored:
        with contextlib.suppress(ValueError):  # not in the main thread
            restored.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, end))
        yield
