from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE users SET email = NULL WHERE id = 2")
    with op.get_context().autocommit_block():
        op.drop_index("uq_users_email", "users", postgresql_concurrently=True, if_exists=True)
        op.create_index("uq_users_email", "users", ["email"], unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("uq_users_email", "users", postgresql_concurrently=True)
