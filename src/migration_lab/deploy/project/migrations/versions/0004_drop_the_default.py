"""drop the default of is_active: contract"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    set_default(None)


def downgrade() -> None:
    set_default(sa.true())


def set_default(default: sa.ColumnElement[bool] | None) -> None:
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column(
            "is_active",
            existing_type=sa.Boolean(),
            existing_nullable=False,
            server_default=default,
        )
