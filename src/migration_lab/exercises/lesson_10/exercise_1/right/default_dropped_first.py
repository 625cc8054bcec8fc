"""Between writes a value always: it doesn't miss the default."""

STEPS = [
    "alembic upgrade 0002",
    "deploy between",
    "backfill",
    "alembic upgrade 0003",
    "alembic upgrade 0004",
    "deploy after",
]
