"""The command ``python -m workshop``, which ``make workshop`` runs: hold a workshop on this machine."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from workshop.proxy import ProxyError, find_proxy
from workshop.room import WorkshopError, check, remove_learners, running
from workshop.settings import INSTRUCTOR, Settings, default_state, new_word

WORD, INSTRUCTOR_WORD = "WORKSHOP_WORD", "WORKSHOP_INSTRUCTOR_WORD"
UNITS = {"M": 1 << 20, "G": 1 << 30}
SHORTEST_WORD = 8


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` and exit with code 2."""
        self.exit(2, f"make workshop: {message} (WORKSHOP_ARGS=--help lists the options)\n")


def size(text: str) -> int:
    """``800M`` or ``1G`` in bytes."""
    found = re.fullmatch(r"(\d+)([MG])", text.upper())
    if not found or int(found[1]) * UNITS[found[2]] < 300 << 20:
        raise argparse.ArgumentTypeError(f"{text!r} is no size of 300M or more, as in 800M or 1G")
    return int(found[1]) * UNITS[found[2]]


def parser() -> Parser:
    """The command line."""
    top = Parser(prog="make workshop", description=f"The words come from {WORD} and {INSTRUCTOR_WORD}, or are made up.")
    top.add_argument("--address", default="127.0.0.1", help="the machine's address in the room's network")
    top.add_argument("--port", type=int, default=8000)
    top.add_argument("--memory", type=size, default=1 << 30, help="what one learner may use: 800M, 1G (the default)")
    top.add_argument("--idle-minutes", type=int, default=60, help="after which an idle server ends (60)")
    top.add_argument("--certificate", type=Path, help="for https: a certificate's file, and")
    top.add_argument("--key", type=Path, help="its key's")
    top.add_argument("--state", type=Path, default=default_state(), help="the hub's own folder")
    top.add_argument("--homes", type=Path, help="where learners' folders are made (/home)")
    top.add_argument("--everyone-can-read-everything", action="store_true", help="no system accounts: to try it alone")
    top.add_argument("--remove-learners", action="store_true", help="remove all learners' accounts and work, and end")
    return top


def settings_from(options: argparse.Namespace, proxy: Path) -> Settings:
    """The settings that the command line and the environment ask for."""
    separate = not options.everyone_can_read_everything
    state = options.state.absolute()
    return Settings(
        state=state,
        homes=(options.homes or (Path("/home") if separate else state / "homes")).absolute(),
        word=word(WORD),
        instructor_word=word(INSTRUCTOR_WORD),
        proxy=proxy,
        separate=separate,
        address=options.address,
        port=options.port,
        memory=options.memory,
        idle=options.idle_minutes * 60,
        certificate=options.certificate and options.certificate.absolute(),
        key=options.key and options.key.absolute(),
    )


def word(variable: str) -> str:
    """The word that a variable of the environment gives, or a new one. Raises WorkshopError for one too short."""
    given = os.environ.get(variable, "").strip()
    if given and len(given) < SHORTEST_WORD:
        raise WorkshopError(f"{variable}: a word has at least {SHORTEST_WORD} characters")
    return given or new_word()


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold a workshop until interrupted. Returns the exit code: 2 where this machine lacks something."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        # What can be said without Node.js and the network is said first.
        draft = settings_from(options, Path())
        if options.remove_learners:
            check(draft)
            print(f"Removed: {', '.join(remove_learners(draft)) or 'nobody, there were no learners'}")
            return 0
        check(draft)
        if importlib.util.find_spec("jupyterhub") is None:
            raise WorkshopError(
                "JupyterHub isn't installed: `make workshop` installs it, or pip install -e '.[workshop]'"
            )
        settings = replace(draft, proxy=find_proxy())
        with running(settings) as room:
            print(welcome(settings, room.log), flush=True)
            return room.wait()
    except (WorkshopError, ProxyError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nEnded: every server has stopped. Learners' folders stay; --remove-learners removes them.")
        return 0


def welcome(settings: Settings, log: Path) -> str:
    """What to write on the whiteboard, and what to keep to oneself."""
    lines = [
        "",
        f"  For the whiteboard    {settings.url}",
        f"  the room's word       {settings.word}",
        "",
        f"  For you               name {INSTRUCTOR}, word {settings.instructor_word}",
        f"  the hub's log         {log}",
        "",
        "Ctrl+C ends the workshop.",
    ]
    if not settings.separate:
        lines.insert(0, "NOBODY IS SEPARATE: everyone who signs in can read everything, the hub's secrets included.")
    if settings.certificate is None and settings.address not in ("127.0.0.1", "::1"):
        lines.append("No certificate: whoever listens in this network reads the words. See workshop/README.md.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
