"""Give README's lessons their Binder badges: ``python site/badges.py ACCOUNT``, with the account that publishes it."""

from __future__ import annotations

import sys
from pathlib import Path

from course_site.binder import with_badges

README = Path(__file__).resolve().parent.parent / "README.md"


def main(account: str) -> int:
    """Rewrite README. Returns the exit code: 0, or 2 with one line where nothing was written."""
    try:
        text = with_badges(README.read_text(encoding="utf-8"), account)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    README.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
