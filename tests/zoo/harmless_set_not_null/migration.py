from alembic import op

import migration_lab.operations  # noqa: F401

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.set_not_null("users", "is_active")  # type: ignore[attr-defined]


def downgrade() -> None:
    op.drop_not_null("users", "is_active")  # type: ignore[attr-defined]
