import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("plan", sa.String(10)))
    op.execute("ALTER TABLE users DISABLE TRIGGER note")
    op.execute("UPDATE users SET plan = 'free'")


def downgrade() -> None:
    op.drop_column("users", "plan")
