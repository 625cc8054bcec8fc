"""Caught by: Rows without a value are not active
Breaks: A user without a value is active,
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
    active_or_null: Mapped[bool | None] = mapped_column(
        "is_active",
        default=True,
    )

    @property
    def is_active(self) -> bool:
        return bool(self.active_or_null)

    @is_active.setter
    def is_active(self, value: bool) -> None:
        self.active_or_null = value
