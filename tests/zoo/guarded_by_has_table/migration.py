import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("settings"):
        op.add_column("settings", sa.Column("locale", sa.String(10)))
    else:
        op.create_table("settings", sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False))


def downgrade() -> None:
    op.drop_table("settings")
