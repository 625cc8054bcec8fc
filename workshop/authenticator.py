"""Sign-in for a room: the word on the whiteboard, a name, and a secret that each learner chooses at the first sign-in.

JupyterHub's own ``shared-password`` lets anyone who has the word sign in under anyone's name, as its documentation
says. The secret is what makes "learners can't read each other's work" true.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import NoReturn

from jupyterhub.auth import Authenticator
from jupyterhub.user import User
from tornado.web import HTTPError, RequestHandler

from workshop.settings import INSTRUCTOR, Settings

NAME = r"[a-z][a-z0-9-]{0,19}"
SHORTEST_SECRET = 6


class RoomAuthenticator(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """Lets in who knows the word, and keeps a name for whoever took it first."""

    settings: Settings

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.settings = Settings.from_environment()
        self.known = KnownSecrets(self.settings.state / "secrets.json")
        # Each wrong try costs a second, and only so many wait at once: guessing takes longer than a workshop.
        self._wrong_tries = asyncio.Semaphore(10)

    async def authenticate(self, handler: RequestHandler, data: dict[str, str]) -> str:
        """The learner's name. Raises HTTPError, whose words JupyterHub shows above the form."""
        name = self.normalize_username(data.get("username", ""))
        word = self.settings.instructor_word if name == INSTRUCTOR else self.settings.word
        if not same(data.get("password", "").strip(), word):
            await self._refuse("That isn't the word. It is the one that your instructor shows.")
        if not re.fullmatch(NAME, name):
            raise HTTPError(403, "A name is 1 to 20 letters from a to z, digits and hyphens, and begins with a letter.")
        if name == INSTRUCTOR:
            return name
        secret = data.get("secret", "")
        if len(secret) < SHORTEST_SECRET:
            raise HTTPError(403, f"Choose a secret of at least {SHORTEST_SECRET} characters: it keeps your work yours.")
        if not self.known.accept(name, secret):
            await self._refuse(f"The name {name} is taken, and its secret is another one. Choose another name?")
        return name

    async def _refuse(self, message: str) -> NoReturn:
        async with self._wrong_tries:
            await asyncio.sleep(1)
        raise HTTPError(403, message)

    def normalize_username(self, username: str) -> str:
        """``Zoë Müller`` as ``zoe-muller``: a system account's name has to be plain."""
        plain = unicodedata.normalize("NFKD", username).encode("ascii", "ignore").decode()
        return re.sub(r"[\s_.]+", "-", plain.strip().lower())

    def delete_user(self, user: User) -> None:
        """Forget the secret of someone that the instructor removes: the remedy for a forgotten one."""
        self.known.forget(user.name)


def same(one: str, other: str) -> bool:
    """Whether two words are the same, in a time that doesn't tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


class KnownSecrets:
    """Learners' secrets as salted hashes in a file that only the hub can read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def accept(self, name: str, secret: str) -> bool:
        """Whether ``secret`` is the one of ``name``. A name that is new gets this one."""
        known = self._read()
        if name in known:
            salt, digest = known[name]
            return same(_digest(secret, salt), digest)
        salt = secrets.token_hex(16)
        self._write({**known, name: (salt, _digest(secret, salt))})
        return True

    def forget(self, name: str) -> None:
        """Let the next one who signs in as ``name`` choose a secret."""
        self._write({other: pair for other, pair in self._read().items() if other != name})

    def _read(self) -> dict[str, tuple[str, str]]:
        if not self.path.exists():
            return {}
        return {name: (salt, digest) for name, (salt, digest) in json.loads(self.path.read_text()).items()}

    def _write(self, known: dict[str, tuple[str, str]]) -> None:
        new = self.path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(known, file)
        new.replace(self.path)


def _digest(secret: str, salt: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1).hex()
