"""What the course adds to the weight of a Binder image: its environment, beside the five packages it can't do without.

Run it with ``PYTHONPATH=tests python -m bench.weight``. Both are installed into new environments, so it needs a package
index and a minute or two.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CARD = ("jupyterlab", "sqlalchemy", "alembic", "pandas", "ipywidgets")
AT_MOST = 1.35  # times the size of the five with their dependencies


def main() -> int:
    """Print both sizes and their ratio. Returns the exit code: 1 where the course weighs more than it may."""
    with tempfile.TemporaryDirectory() as folder:
        five = installed_size(Path(folder) / "five", *requirements())
        tools = installed_size(Path(folder) / "tools", "--editable", str(ROOT))
        course = installed_size(Path(folder) / "course", "--editable", str(ROOT), *extra("course"))
        whole, parts = course, []
        for part in [*extra("engines"), *extra("app")]:
            added = installed_size(Path(folder) / "course", part)
            parts.append((part, added - whole))
            whole = added
    ratio = (course + sum(size for _, size in parts)) / five
    print(f"Weight of the tools alone, as a project at work installs them: {tools / 1e6:.1f} MB")
    print("Weight of what Binder installs")
    print(f"  {five / 1e6:6.1f} MB  {', '.join(CARD)}, with their dependencies")
    print(f"  {(course - five) / 1e6:+6.1f} MB  the course itself, and what else it needs")
    for part, size in parts:
        print(f"  {size / 1e6:+6.1f} MB  {part}")
    print(f"  {ratio:6.3f}     times as much, where at most {AT_MOST} is allowed")
    return int(ratio > AT_MOST)


def requirements() -> list[str]:
    """The five packages in the ranges that the course asks for."""
    wanted = [text for text in [*project()["dependencies"], *extra("course")] if text.startswith(CARD)]
    assert len(wanted) == len(CARD), wanted
    return wanted


def extra(name: str) -> list[str]:
    """What an extra asks for, without the project's other extras."""
    wanted: list[str] = project()["optional-dependencies"][name]
    return [text for text in wanted if not text.startswith(project()["name"])]


def project() -> dict[str, Any]:
    """The project's own words about itself."""
    described: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return described


def installed_size(environment: Path, *packages: str) -> int:
    """The bytes in the environment after pip installed ``packages`` into it, pip itself not counted."""
    if not environment.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-qq",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, *packages], check=True)
    # Not followed: an environment's Python may be a link to the machine's own.
    return sum(path.lstat().st_size for path in environment.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
