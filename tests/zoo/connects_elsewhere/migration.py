import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with sa.create_engine("sqlite:///production.db").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS notes (what TEXT)")


def downgrade() -> None:
    pass
