from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE orders SET user_id = 1 WHERE user_id = 2")
    op.execute("DELETE FROM users WHERE id = 2")
    op.create_index("uq_users_email", "users", ["email"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_email", "users")
