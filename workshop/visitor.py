"""A learner without a browser: signs in through the hub's form, starts a server, and runs cells in a real kernel."""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

SECONDS_FOR_A_CELL = 600
SECONDS_FOR_A_SERVER = 300


class VisitError(Exception):
    """Something that works for a learner didn't. The message says what."""


class Visitor:
    """One learner in a room. Where the hub speaks https, its ``certificate`` is the only one that they trust."""

    def __init__(
        self, url: str, name: str, word: str, secret: str = "a secret of mine", certificate: Path | None = None
    ) -> None:
        self.url, self.name, self.word, self.secret = url, name, word, secret
        self.token = ""
        self.trust = ssl.create_default_context(cafile=certificate)
        # The address is this machine's: a proxy that the environment names has no part in it.
        self.client = self.new_client()

    def new_client(self) -> httpx.AsyncClient:
        """A client without cookies."""
        return httpx.AsyncClient(base_url=self.url, timeout=SECONDS_FOR_A_SERVER, trust_env=False, verify=self.trust)

    async def __aenter__(self) -> Visitor:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections. The server goes on, as when a learner closes the browser."""
        await self.client.aclose()

    async def sign_in(self) -> httpx.Response:
        """Fill in the form. Returns the hub's answer: a redirection when the hub lets the visitor in."""
        await self.client.get("/hub/login")
        form = {"username": self.name, "password": self.word, "secret": self.secret, "_xsrf": self.xsrf("/hub/")}
        answer = await self.client.post("/hub/login", data=form)
        if answer.status_code == 302:
            path = f"/hub/api/users/{self.name}/tokens"
            made = await self.client.post(path, headers={"X-XSRFToken": self.xsrf("/hub/")}, json={})
            self.token = made.raise_for_status().json()["token"]
        return answer

    def xsrf(self, path: str) -> str:
        """The hub's cookie against forged requests."""
        return self.client.cookies.get("_xsrf", path=path) or ""

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request with the visitor's token."""
        headers = {"Authorization": f"token {self.token}"}
        # A client of its own for each: cookies would ask for their token against forged requests besides.
        async with self.new_client() as client:
            return await client.request(method, path, headers=headers, **options)

    async def start_server(self) -> None:
        """Start the visitor's server and wait for it. Raises VisitError."""
        path = f"/hub/api/users/{self.name}"
        async with asyncio.timeout(SECONDS_FOR_A_SERVER):
            answer = await self.ask("POST", f"{path}/server")
            while answer.status_code == 400 and "pending stop" in answer.text:
                await asyncio.sleep(0.3)
                answer = await self.ask("POST", f"{path}/server")
            if answer.status_code not in (201, 202):
                raise VisitError(f"{self.name}'s server doesn't start: {answer.status_code} {answer.text}")
            while not await self.has_server():
                await asyncio.sleep(0.3)

    async def has_server(self) -> bool:
        """Whether the visitor's server runs and is ready. Raises VisitError where its start has failed."""
        about = (await self.ask("GET", f"/hub/api/users/{self.name}")).raise_for_status().json()
        server = about["servers"].get("")
        if server is not None and not server["ready"] and not server["pending"]:
            raise VisitError(f"{self.name}'s server did not start")
        return server is not None and server["ready"] and not server["pending"]

    async def stop_server(self) -> None:
        """Stop the visitor's server."""
        await self.ask("DELETE", f"/hub/api/users/{self.name}/server")

    async def kernel(self, notebook: str = "notebooks/visit.ipynb") -> Kernel:
        """A new kernel, in the folder of ``notebook`` as in JupyterLab."""
        base = f"/user/{self.name}/api"
        about = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        answer = await self.ask("POST", f"{base}/sessions", json=about)
        if answer.status_code != 201:
            raise VisitError(f"{self.name} gets no kernel: {answer.status_code} {answer.text}")
        number = answer.json()["kernel"]["id"]
        # The socket's own address: another scheme, the rest is the same.
        address = f"ws{self.url.removeprefix('http')}{base}/kernels/{number}/channels"
        headers = {"Authorization": f"token {self.token}"}
        request = HTTPRequest(address, headers=headers, request_timeout=120, ssl_options=self.trust)
        socket = await websocket_connect(request)
        return Kernel(self, number, socket)

    async def cells(self, notebook: str) -> list[str]:
        """The code cells of one of the visitor's notebooks."""
        answer = await self.ask("GET", f"/user/{self.name}/api/contents/{notebook}")
        cells = answer.raise_for_status().json()["content"]["cells"]
        return [cell["source"] for cell in cells if cell["cell_type"] == "code" and cell["source"].strip()]


@dataclass(slots=True)
class Outcome:
    """What a cell gave: its printed text and the text of its last value; ``error`` is empty where it went well."""

    text: str = ""
    error: str = ""


@dataclass(slots=True)
class Kernel:
    """A kernel of a visitor's server."""

    visitor: Visitor
    number: str
    socket: WebSocketClientConnection

    async def run(self, code: str) -> Outcome:
        """Run ``code``. Raises VisitError where the kernel dies on it."""
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": "execute_request",
            "username": "",
            "session": message,
            "version": "5.3",
        }
        # With stop_on_error a kernel also throws away what comes right after an error, and says so only in passing.
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": False}
        await self.socket.write_message(
            json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
        )
        outcome, replied, idle = Outcome(), False, False
        async with asyncio.timeout(SECONDS_FOR_A_CELL):
            while not (replied and idle):
                received = await self.socket.read_message()
                if received is None:
                    raise VisitError(f"{self.visitor.name}'s kernel is gone")
                answer = json.loads(received)
                kind, content = answer["msg_type"], answer["content"]
                if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                    raise VisitError(f"{self.visitor.name}'s kernel died")
                if answer["parent_header"].get("msg_id") != message:
                    continue
                if kind == "execute_reply" and content["status"] == "aborted":
                    raise VisitError(f"{self.visitor.name}'s kernel didn't run a cell")
                replied = replied or kind == "execute_reply"
                idle = idle or (kind == "status" and content["execution_state"] == "idle")
                if kind == "stream":
                    outcome.text += content["text"]
                elif kind == "execute_result":
                    outcome.text += content["data"].get("text/plain", "")
                elif kind == "error":
                    outcome.error = f"{content['ename']}: {content['evalue']}"
        return outcome

    async def shut_down(self) -> None:
        """End the kernel, as closing a notebook with 'Shut Down Kernel' does."""
        self.socket.close()
        await self.visitor.ask("DELETE", f"/user/{self.visitor.name}/api/kernels/{self.number}")
