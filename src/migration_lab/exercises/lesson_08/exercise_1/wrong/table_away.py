"""Caught by: requests failed
Breaks: and none gets an error

Nobody waits for a table that is not there

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    with op.get_context().autocommit_block():
        bind.exec_driver_sql("DROP TRIGGER spent_noted")
        bind.exec_driver_sql("ALTER TABLE users RENAME TO users_away")
        bind.exec_driver_sql(
            "UPDATE users_away SET spent = "
            "(SELECT coalesce(sum(amount), 0) FROM orders "
            "WHERE orders.username = users_away.username) "
            "WHERE spent IS NULL"
        )
        bind.exec_driver_sql("ALTER TABLE users_away RENAME TO users")
        bind.exec_driver_sql(
            "CREATE TRIGGER spent_noted AFTER UPDATE OF spent ON users BEGIN "
            "INSERT INTO changes (user_id, was, now) "
            "VALUES (old.id, old.spent, new.spent); END"
        )


def downgrade() -> None:
    pass
