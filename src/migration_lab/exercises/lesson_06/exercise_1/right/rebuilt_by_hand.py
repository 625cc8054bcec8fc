"""Built anew by hand, with a CHECK that has no name

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE new_users (
            id INTEGER NOT NULL,
            username VARCHAR(50) NOT NULL,
            banned BOOLEAN NOT NULL,
            last_login DATETIME,
            status TEXT NOT NULL CHECK (
                status = 'new' OR status = 'active' OR status = 'banned'
            ),
            PRIMARY KEY (id),
            UNIQUE (username)
        )
        """
    )
    connection = op.get_bind()
    rows = connection.exec_driver_sql("SELECT * FROM users").fetchall()
    for row in rows:
        status = "active" if row.last_login else "new"
        connection.exec_driver_sql(
            "INSERT INTO new_users VALUES (?, ?, ?, ?, ?)",
            (*row, "banned" if row.banned else status),
        )
    op.execute("DROP TABLE users")
    op.execute("ALTER TABLE new_users RENAME TO users")


def downgrade() -> None:
    with op.batch_alter_table(
        "users",
        table_args=(sa.UniqueConstraint("username"),),
    ) as batch_op:
        batch_op.drop_column("status")
