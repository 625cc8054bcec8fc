"""The site's page about op.set_not_null, taken at its word: its code in a project that ``alembic init`` makes."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from engines.lessons import ENGINE_KEYS
from migration_lab.engines import find_engine, url_text

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "site" / "pages" / "set_not_null.md").read_text("utf-8"), re.DOTALL)
IMPORT, MIGRATION, IN_BATCH, CONFIGURE, IN_BLOCK = BLOCKS
WAYS = ("settings", "batch", "block")
EARLIER = """
from alembic import op

revision = "0002"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN)")
    op.execute("INSERT INTO users VALUES (1, true)")


def downgrade():
    op.drop_table("users")
"""
BARE_CONFIGURE = re.compile(r" *context\.configure\(\s*connection=connection, target_metadata=target_metadata\s*\)\n")
# The course's packages, which ``pip install migration-lab`` alone doesn't bring.
COURSE = ("pandas", "ipywidgets", "IPython", "jupyterlab", "nbclient", "pygments", "jupyter_client", "ipykernel")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="page-") as name:
        yield Path(name)


def make_project(folder: Path, url: str, configure: str, upgrade: str = "") -> Config:
    """A project with the page's line and settings in env.py, and its migration."""
    config = Config(folder / "alembic.ini")
    command.init(config, str(folder / "migrations"))
    ini = folder / "alembic.ini"
    ini.write_text(
        re.sub(r"(?m)^sqlalchemy.url = .*", lambda _: f"sqlalchemy.url = {url.replace('%', '%%')}", ini.read_text())
    )
    env = folder / "migrations" / "env.py"
    text = env.read_text().replace("from alembic import context\n", f"from alembic import context\n{IMPORT}", 1)
    if configure:
        text, count = BARE_CONFIGURE.subn(lambda _: configure, text)
        assert count == 1
    env.write_text(text.replace("fileConfig(config.config_file_name)", "pass"))
    migration = MIGRATION
    if upgrade:
        migration = migration.replace('    op.set_not_null("users", "is_active")\n', re.sub("(?m)^", "    ", upgrade))
        assert migration != MIGRATION
    (folder / "migrations" / "versions" / "0002_users.py").write_text(EARLIER)
    (folder / "migrations" / "versions" / "0003_required.py").write_text(migration)
    return Config(ini)


@pytest.mark.parametrize(("configure", "upgrade"), [(CONFIGURE, ""), (CONFIGURE, IN_BATCH), ("", IN_BLOCK)], ids=WAYS)
@pytest.mark.parametrize("key", ENGINE_KEYS)
def test_the_code_of_the_page_runs_up_and_down(folder: Path, key: str, configure: str, upgrade: str) -> None:
    engine = find_engine(key)
    if engine.missing:
        pytest.skip(engine.missing)
    url = engine.url(folder)
    engine.create(url)
    try:
        config = make_project(folder, url_text(url), configure, upgrade)
        for target, nullable in (("head", False), ("0002", True), ("head", False)):
            (command.downgrade if target == "0002" else command.upgrade)(config, target)
            connected = engine.connect(url)
            assert sa.inspect(connected).get_columns("users")[1]["nullable"] is nullable
            connected.dispose()
    finally:
        engine.drop(url)


def test_it_needs_nothing_of_the_course(folder: Path) -> None:
    make_project(folder, f"sqlite:///{folder / 'app.db'}", CONFIGURE)
    without = f"import sys\nfor name in {COURSE!r}: sys.modules[name] = None\n"
    run = "from alembic.config import main\nmain(['upgrade', 'head'])"
    done = subprocess.run([sys.executable, "-c", without + run], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    engine = sa.create_engine(f"sqlite:///{folder / 'app.db'}")
    assert not sa.inspect(engine).get_columns("users")[1]["nullable"]
    engine.dispose()


def test_a_refusal_is_one_line_in_a_terminal(folder: Path) -> None:
    make_project(folder, f"sqlite:///{folder / 'app.db'}", CONFIGURE)
    users = folder / "migrations" / "versions" / "0002_users.py"
    users.write_text(EARLIER.replace("true", "NULL"))
    upgrade = [sys.executable, "-m", "alembic", "upgrade", "head"]
    done = subprocess.run(upgrade, cwd=folder, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "users.is_active holds 1 NULL (id = 1): nothing was changed; fill them first" in done.stdout + done.stderr
