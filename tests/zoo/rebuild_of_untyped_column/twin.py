import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0002"
down_revision = "0001"


class Untyped(UserDefinedType[object]):
    def get_col_spec(self) -> str:
        return ""


VALUE = sa.Column("value", Untyped())


def upgrade() -> None:
    with op.batch_alter_table("settings", reflect_args=[VALUE]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("settings", reflect_args=[VALUE]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
