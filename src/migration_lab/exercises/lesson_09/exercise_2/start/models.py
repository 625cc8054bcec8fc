from sqlalchemy import Column, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str | None] = mapped_column(String(50))
    plan: Mapped[str | None] = mapped_column(String(10))


audit = Table("audit", Base.metadata, Column("what", Text))
