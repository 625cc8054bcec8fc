"""Caught by: The step “backfill” failed
Breaks: each step goes through
"""

STEPS = [
    "backfill",
    "alembic upgrade 0002",
    "deploy between",
    "alembic upgrade 0003",
    "deploy after",
    "alembic upgrade 0004",
]
