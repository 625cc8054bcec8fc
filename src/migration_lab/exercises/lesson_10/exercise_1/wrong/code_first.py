"""Caught by: The step “deploy between” failed
Breaks: each step goes through
"""

STEPS = [
    "deploy between",
    "deploy after",
    "alembic upgrade 0002",
    "backfill",
    "alembic upgrade 0003",
    "alembic upgrade 0004",
]
