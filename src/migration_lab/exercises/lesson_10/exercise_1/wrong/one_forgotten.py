"""Caught by: the six steps, each once
Breaks: Put the six steps of `STEPS` into an order
"""

STEPS = [
    "alembic upgrade 0002",
    "deploy between",
    "alembic upgrade 0003",
    "deploy after",
    "alembic upgrade 0004",
]
