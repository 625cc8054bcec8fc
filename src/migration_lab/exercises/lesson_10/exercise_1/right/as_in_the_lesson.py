"""Expand, deploy, backfill, tighten, deploy, contract."""

STEPS = [
    "alembic upgrade 0002",
    "deploy between",
    "backfill",
    "alembic upgrade 0003",
    "deploy after",
    "alembic upgrade 0004",
]
