"""Caught by: INSERT of before failed
Breaks: **no request fails**
"""

STEPS = [
    "alembic upgrade 0002",
    "backfill",
    "alembic upgrade 0003",
    "alembic upgrade 0004",
    "deploy between",
    "deploy after",
]
