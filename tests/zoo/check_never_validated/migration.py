from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE prices ADD CONSTRAINT positive CHECK (price > 0) NOT VALID")


def downgrade() -> None:
    op.drop_constraint("positive", "prices")
