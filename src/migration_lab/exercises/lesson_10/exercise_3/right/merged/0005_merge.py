"""merge the hotfix"""

revision = "0005"
down_revision = ("0004", "hotfix")


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
