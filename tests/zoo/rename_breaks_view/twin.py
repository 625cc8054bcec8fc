import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DROP VIEW addresses")
    op.alter_column("users", "email", existing_type=sa.String(50), new_column_name="mail")
    op.execute("CREATE VIEW addresses AS SELECT id, mail AS email FROM users")


def downgrade() -> None:
    op.execute("DROP VIEW addresses")
    op.alter_column("users", "mail", existing_type=sa.String(50), new_column_name="email")
    op.execute("CREATE VIEW addresses AS SELECT id, email FROM users")
