import importlib
from logging.config import fileConfig
from typing import Any

import models
from alembic import context
from sqlalchemy import Connection, Engine, engine_from_config, event, pool

config = context.config

if not config.attributes.get("configure_logger", True):
    # Called from a notebook: its kernel has logging of its own, and outlives an edit of models.py.
    importlib.reload(models)
elif config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

target_metadata = models.Base.metadata


def run_migrations_offline() -> None:
    """Write the SQL of the migrations instead of running it (alembic upgrade --sql)."""
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


def begin_for_real(engine: Engine) -> None:
    """Have a migration on SQLite done whole or not at all; nobody else writes before it is through."""

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: Any, record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def run_migrations_online() -> None:
    """Connect, and run the migrations."""
    engine = engine_from_config(config.get_section(config.config_ini_section, {}), poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        begin_for_real(engine)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
