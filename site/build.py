"""Build the site: ``python site/build.py [--target _build/site] [--zoo tests/zoo]``; ``html/index.html`` opens it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from course_site.building import BuildError, build_site

ROOT = Path(__file__).resolve().parent.parent
ZOO = ROOT / "tests" / "zoo"


def main() -> int:
    """Build as the command line says. Returns the exit code: 0 for a whole site, 1 for faults, 2 for a missing tool."""
    parser = argparse.ArgumentParser(description="Run the notebooks and make a static site of them.")
    parser.add_argument("--target", type=Path, default=ROOT / "_build" / "site", help="folder of the build's own")
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the hazards to rehearse")
    options = parser.parse_args()
    try:
        faults = build_site(ROOT, options.target.resolve(), options.zoo.resolve())
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.target / 'html' / 'index.html'}" if not faults else "The site has faults: see above")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
