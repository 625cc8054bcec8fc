import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CONVENTION = {"fk": "fk_%(table_name)s_%(column_0_name)s"}


def set_nullable(nullable: bool) -> None:
    with op.batch_alter_table("users", naming_convention=CONVENTION) as batch:
        batch.alter_column("is_active", existing_type=sa.Boolean(), nullable=nullable)
        batch.drop_constraint("fk_users_boss_id", type_="foreignkey")
        batch.create_foreign_key(
            "fk_users_boss_id", "users", ["boss_id"], ["id"], onupdate="CASCADE", ondelete="SET NULL"
        )


def upgrade() -> None:
    set_nullable(False)


def downgrade() -> None:
    set_nullable(True)
