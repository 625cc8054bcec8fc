"""One database for Alembic and for every version of the app: its address is in alembic.ini."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from fastapi import Depends
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

config = Config(Path(__file__).with_name("alembic.ini"))
engine = create_engine(config.get_main_option("sqlalchemy.url") or "")


def open_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


OpenSession = Annotated[Session, Depends(open_session)]


def schema_suits(session: Session, oldest: str, too_new: str | None = None) -> bool:
    """Whether the schema has come as far as the oldest revision that code can work with, and not to one too new."""
    context = MigrationContext.configure(session.connection())
    scripts = ScriptDirectory.from_config(config)
    try:
        applied = list(scripts.iterate_revisions(context.get_current_heads(), "base"))
    except CommandError:  # one that came after this version of the code
        return True
    found = [script.revision for script in applied]
    return oldest in found and too_new not in found
