"""python -m pytest: each version of the app on a new database at the revision that it needs."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import database
import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

VERSIONS = ["before", "between", "after"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A new database, without tables, in the place of the app's own."""
    url = f"sqlite:///{tmp_path / 'test.db'}"
    config = Config(Path(__file__).with_name("alembic.ini"))
    config.set_main_option("sqlalchemy.url", url)
    monkeypatch.setattr(database, "engine", create_engine(url))
    return config


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"{request.param}.main")


def test_users(version: ModuleType, config: Config) -> None:
    command.upgrade(config, version.NEEDS)
    client = TestClient(version.app)
    created = client.post("/users", json={"username": "eva"})
    assert created.status_code == 201
    user = f"/users/{created.json()['id']}"
    assert client.patch(user, json={"username": "max"}).status_code == 200
    if version.NEEDS > "0001":
        assert client.post(f"{user}/deactivate").json()["is_active"] is False
    (listed,) = client.get("/users").json()
    assert listed["username"] == "max"
    assert listed.get("is_active", False) is False
    assert client.patch("/users/0", json={"username": "x"}).status_code == 404


def test_health(version: ModuleType, config: Config) -> None:
    """A version is only called while the schema is as it needs it."""
    client = TestClient(version.app, raise_server_exceptions=False)
    assert client.get("/health").status_code == 503
    for revision in ["0001", "0002", "0003", "0004"]:
        command.upgrade(config, revision)
        ready = client.get("/health").status_code == 200
        assert ready == (version.NEEDS <= revision < getattr(version, "TOO_NEW", "9"))
        created = client.post("/users", json={"username": revision}).status_code == 201
        assert created or not ready


def test_between_reads_rows_without_is_active(config: Config) -> None:
    from between.main import app
    from between.models import User

    command.upgrade(config, "0002")
    with Session(database.engine) as session:
        session.add(User(username="adi"))
        session.commit()
    (adi,) = TestClient(app).get("/users").json()
    assert adi["is_active"] is True
