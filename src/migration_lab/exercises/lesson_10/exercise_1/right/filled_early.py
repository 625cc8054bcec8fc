"""The third migration fills what came in after the backfill."""

STEPS = [
    "alembic upgrade 0002",
    "backfill",
    "deploy between",
    "alembic upgrade 0003",
    "deploy after",
    "alembic upgrade 0004",
]
