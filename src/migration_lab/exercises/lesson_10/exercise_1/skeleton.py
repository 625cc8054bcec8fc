"""Six steps of a deploy, in no order."""

STEPS = [
    "deploy after",
    "alembic upgrade 0004",
    "backfill",
    "alembic upgrade 0002",
    "deploy between",
    "alembic upgrade 0003",
]
