from alembic import op

revision = "0002"
down_revision = "0001"


def rebuild(rule: str) -> None:
    gross = "gross INTEGER GENERATED ALWAYS AS (net * 2) STORED"
    op.execute(f"CREATE TABLE prices_new (id INTEGER PRIMARY KEY, net INTEGER {rule}, {gross})")
    op.execute("INSERT INTO prices_new (id, net) SELECT id, net FROM prices")
    op.execute("DROP TABLE prices")
    op.execute("ALTER TABLE prices_new RENAME TO prices")


def upgrade() -> None:
    rebuild("NOT NULL")


def downgrade() -> None:
    rebuild("")
