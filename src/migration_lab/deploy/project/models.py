"""What Alembic compares the database with: the models of the newest version."""

from after.models import Base, User

__all__ = ["Base", "User"]
