"""The command ``migration-lab``: open the course, run its notebooks, tell the progress; rehearse one's own migrations.

Only the standard library is imported up here: the command's help and its complaints must not wait for the rest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from migration_lab.lessons import course_folder


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` and where to find help, and exit with code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def lab(options: argparse.Namespace) -> int:
    """Open JupyterLab. Returns the exit code."""
    from migration_lab.lab import LabError, open_lab

    try:
        open_lab(course_folder(), options.arguments)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def run(options: argparse.Namespace) -> int:
    """Run notebooks. Returns the exit code: 0, 1 if one failed, 2 if a name fits no notebook."""
    from migration_lab.lab import NoSuchNotebookError, run_notebooks

    root = course_folder()
    try:
        return 0 if run_notebooks(root / "notebooks", root / "_build", options.names) else 1
    except NoSuchNotebookError as error:
        print(error, file=sys.stderr)
        return 2


def reset(options: argparse.Namespace) -> int:
    """Remove the lessons' folders. Returns the exit code: 2 if one is in use, 0 otherwise."""
    from migration_lab.lessons import ScratchError, reset_all

    try:
        names = reset_all()
    except ScratchError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Removed from scratch_db: {', '.join(names)}" if names else "Nothing to remove: no lesson has a folder yet")
    return 0


def progress(options: argparse.Namespace) -> int:
    """Tell which exercises are done. Returns the exit code: 2 if there is no scratch_db."""
    from migration_lab.lessons import ScratchError
    from migration_lab.work import as_json

    try:
        text = as_json()
    except ScratchError as error:
        print(error, file=sys.stderr)
        return 2
    if not options.json:
        from migration_lab.views import show_progress

        text = str(show_progress())
    print(text)
    return 0


def rehearse(options: argparse.Namespace) -> int:
    """Rehearse somebody's own migrations. Returns the exit code, as ``rehearse_command`` has it."""
    from migration_lab.rehearsal import rehearse_command

    return rehearse_command(options)


def parser() -> Parser:
    """The command line: a subcommand's function is its ``command`` default, and takes the parsed options."""
    top = Parser(prog="migration-lab", description="A course on adding a NOT NULL column to a table with rows.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    opening = commands.add_parser("lab", help="open JupyterLab on the first lesson", prefix_chars="\0", add_help=False)
    opening.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to jupyter lab")
    opening.set_defaults(command=lab)

    running = commands.add_parser("run", help="run notebooks without a browser, leaving the executed copies in _build/")
    running.add_argument("names", nargs="*", metavar="NAME", help="a lesson's name or its beginning; all by default")
    running.set_defaults(command=run)

    resetting = commands.add_parser("reset", help="remove the lessons' folders, so that each starts afresh")
    resetting.set_defaults(command=reset)

    telling = commands.add_parser("progress", help="tell which exercises are done")
    telling.add_argument("--json", action="store_true", help="in one line of JSON, as for a workshop")
    telling.set_defaults(command=progress)

    rehearsing = commands.add_parser("rehearse", help="run your own migrations on a copy of your own database")
    option = rehearsing.add_argument
    option("--config", type=Path, default=Path("alembic.ini"), metavar="FILE", help="alembic.ini, or pyproject.toml")
    option("--url", help="the database; by default sqlalchemy.url of the configuration. It is only read")
    option("--to", default="head", metavar="REVISION", help="where the upgrade goes; by default to the head")
    option("--writer", action="store_true", help="upgrade once more while clients use it, and tell how long they wait")
    option("--keep", action="store_true", help="keep the copy, and say where it is")
    option("--baseline", type=Path, metavar="FILE", help="accept the findings that this file lists, with their reasons")
    shown = rehearsing.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the report as JSON")
    shown.add_argument("--html", type=Path, metavar="FILE", help="write the report to one HTML file")
    rehearsing.set_defaults(command=rehearse)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments``, by default those of the process. Returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
