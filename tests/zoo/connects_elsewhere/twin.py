from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("CREATE TABLE notes (what TEXT)")


def downgrade() -> None:
    op.drop_table("notes")
