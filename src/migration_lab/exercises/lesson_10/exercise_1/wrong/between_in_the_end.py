"""Caught by: In the end, between is called
Breaks: `after` is called in the end
"""

STEPS = [
    "alembic upgrade 0002",
    "backfill",
    "alembic upgrade 0003",
    "deploy after",
    "deploy between",
    "alembic upgrade 0004",
]
