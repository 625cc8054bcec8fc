"""Caught by: who is deactivated is active again
Breaks: who is deactivated stays so
"""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str | None] = mapped_column(String(50), unique=True)
    email: Mapped[str | None] = mapped_column(String(100), unique=True)
    in_the_database: Mapped[bool] = mapped_column("is_active", default=True)

    @property
    def is_active(self) -> bool:
        return True

    @is_active.setter
    def is_active(self, value: bool) -> None:
        pass
