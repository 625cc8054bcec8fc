"""What every animal's Alembic project starts with; ``foreign_keys`` stands for an application that enforces them."""

from importlib.util import find_spec

from alembic import context
from sqlalchemy import event
from sqlalchemy.engine import engine_from_config
from sqlalchemy.pool import NullPool

config = context.config
target_metadata = None
if find_spec("models"):
    from models import Base

    target_metadata = Base.metadata

engine = engine_from_config(config.get_section("alembic", {}), poolclass=NullPool)
if config.get_main_option("foreign_keys") == "on":
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA foreign_keys = ON"))

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=target_metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
