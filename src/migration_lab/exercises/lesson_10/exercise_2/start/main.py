"""The app in between: this file is right. What is missing is in models.py."""

from collections.abc import Sequence

from between.models import User
from database import OpenSession, schema_suits
from errors import say_why
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

NEEDS = "0002"  # the oldest revision of the schema that this code can work with

app = FastAPI(title="Users", exception_handlers={Exception: say_why})


class UserIn(BaseModel):
    username: str


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str | None
    is_active: bool


@app.get("/users", response_model=list[UserOut])
def list_users(session: OpenSession) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.id).limit(100)).all()


@app.post("/users", response_model=UserOut, status_code=201)
def create_user(user: UserIn, session: OpenSession) -> User:
    created = User(username=user.username)
    session.add(created)
    session.commit()
    return created


@app.patch("/users/{user_id}", response_model=UserOut)
def rename_user(user_id: int, user: UserIn, session: OpenSession) -> User:
    found = session.get(User, user_id)
    if found is None:
        raise HTTPException(404, "no such user")
    found.username = user.username
    session.commit()
    return found


@app.post("/users/{user_id}/deactivate", response_model=UserOut)
def deactivate_user(user_id: int, session: OpenSession) -> User:
    found = session.get(User, user_id)
    if found is None:
        raise HTTPException(404, "no such user")
    found.is_active = False
    session.commit()
    return found


@app.get("/health")
def health(session: OpenSession) -> dict[str, str]:
    if not schema_suits(session, NEEDS):
        raise HTTPException(503, f"the schema is not at revision {NEEDS} yet")
    return {"status": "ok"}
