from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_email", type_="unique")
        batch.create_unique_constraint("uq_email_tenant", ["email", "tenant"])


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_email_tenant", type_="unique")
