import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("city", sa.String(20)))
    op.execute(
        "UPDATE users SET city = coalesce((SELECT city FROM profiles WHERE profiles.user_id = users.id), 'unknown')"
    )


def downgrade() -> None:
    op.drop_column("users", "city")
