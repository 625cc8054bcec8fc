"""Whoever reads a row without a value gives it one."""

from sqlalchemy import String, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str | None] = mapped_column(String(50), unique=True)
    email: Mapped[str | None] = mapped_column(String(100), unique=True)
    is_active: Mapped[bool | None] = mapped_column(default=True)


@event.listens_for(User, "load")
@event.listens_for(User, "refresh")
def true_where_null(user: User, *_: object) -> None:
    if user.__dict__.get("is_active", False) is None:
        set_committed_value(user, "is_active", True)
