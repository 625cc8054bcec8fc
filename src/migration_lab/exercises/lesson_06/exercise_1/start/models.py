from datetime import datetime

from sqlalchemy import Enum, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    banned: Mapped[bool]
    last_login: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(
        Enum(
            "new",
            "active",
            "banned",
            name="user_status",
            create_constraint=True,
        ),
    )
