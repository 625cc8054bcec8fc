import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

kept = []


def upgrade() -> None:
    own = sa.create_engine(op.get_bind().engine.url, poolclass=sa.pool.StaticPool).connect()
    own.exec_driver_sql("UPDATE users SET username = 'Adi' WHERE id = 1")
    kept.append(own)


def downgrade() -> None:
    pass
