import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0002"
down_revision = "0001"


class Money(UserDefinedType[float]):
    def get_col_spec(self) -> str:
        return "MONEY"


CREDIT = sa.Column("credit", Money())


def upgrade() -> None:
    with op.batch_alter_table("users", reflect_args=[CREDIT]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("users", reflect_args=[CREDIT]) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=True)
