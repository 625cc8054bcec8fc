from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("UPDATE prices SET price = 1 WHERE price <= 0")
    op.execute("ALTER TABLE prices ADD CONSTRAINT positive CHECK (price > 0) NOT VALID")
    op.execute("ALTER TABLE prices VALIDATE CONSTRAINT positive")


def downgrade() -> None:
    op.drop_constraint("positive", "prices")
