"""A room with a certificate: what learners type and see crosses the network unread, the kernels' channels included."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from people import held_room, in_one_worker, needs_a_room, visitor

from workshop.room import WorkshopError, check_certificate
from workshop.settings import Settings

pytestmark = in_one_worker


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine that it signed itself, and its key."""
    return make_pair(tmp_path_factory.mktemp("pair"), "-nodes")


def make_pair(folder: Path, *options: str) -> tuple[Path, Path]:
    """A certificate and its key in ``folder``, made by OpenSSL with further ``options``."""
    certificate, key = folder / "room.pem", folder / "room.key"
    about = ["-subj", "/CN=room", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *about, "-keyout", key, "-out", certificate, *options],
        check=True,
        capture_output=True,
    )
    return certificate, key


@needs_a_room
def test_a_learner_works_over_https_and_plain_http_gets_nothing(pair: tuple[Path, Path]) -> None:
    async def visit(settings: Settings) -> str:
        async with visitor(settings, "ana") as ana:
            assert (await ana.sign_in()).status_code == 302
            await ana.start_server()
            kernel = await ana.kernel()
            outcome = await kernel.run("print(6 * 7)")
            kernel.socket.close()
            return outcome.text.strip()

    certificate, key = pair
    with held_room("ls", certificate=certificate, key=key) as room:
        assert room.settings.url.startswith("https://127.0.0.1:")
        assert asyncio.run(visit(room.settings)) == "42"
        plain = room.settings.url.replace("https:", "http:")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{plain}/hub/login", trust_env=False)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{room.settings.url}/hub/login", trust_env=False, verify=ssl.create_default_context())


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("room.pem", None, "needs both"),
        (None, "room.key", "needs both"),
        ("room.pem", "absent.key", r"Can't read .*absent\.key: No such file"),
        ("room.key", "room.pem", "no certificate .PEM. with its key"),
        ("text", "room.key", "no certificate .PEM. with its key"),
        ("room.pem", "secret.key", "without a password"),
    ],
)
def test_a_pair_that_is_none_is_one_line(
    pair: tuple[Path, Path], tmp_path: Path, certificate: str | None, key: str | None, words: str
) -> None:
    for path in pair:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "text").write_text("no certificate", encoding="utf-8")
    locked = tmp_path / "locked"
    locked.mkdir()
    make_pair(locked, "-passout", "pass:secret")[1].rename(tmp_path / "secret.key")
    paths = [name and tmp_path / name for name in (certificate, key)]
    settings = Settings(tmp_path, tmp_path, "a", "b", tmp_path, certificate=paths[0] or None, key=paths[1] or None)
    with pytest.raises(WorkshopError, match=words) as refused:
        check_certificate(settings)
    assert "\n" not in str(refused.value)
