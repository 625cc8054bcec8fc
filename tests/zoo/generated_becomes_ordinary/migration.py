from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE prices_new (id INTEGER PRIMARY KEY, net INTEGER NOT NULL, gross INTEGER)")
    op.execute("INSERT INTO prices_new SELECT id, net, gross FROM prices")
    op.execute("DROP TABLE prices")
    op.execute("ALTER TABLE prices_new RENAME TO prices")


def downgrade() -> None:
    op.execute("CREATE TABLE prices_old (id INTEGER PRIMARY KEY, net INTEGER, gross INTEGER)")
    op.execute("INSERT INTO prices_old SELECT id, net, gross FROM prices")
    op.execute("DROP TABLE prices")
    op.execute("ALTER TABLE prices_old RENAME TO prices")
