"""Open JupyterLab on the course."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from migration_lab.lab.server import START_ADDRESS, START_NOTEBOOK


class LabError(Exception):
    """JupyterLab cannot be opened; the message is one line that says what to do."""


def open_lab(root: Path, arguments: Sequence[str]) -> None:
    """Open JupyterLab on the first lesson in ``root`` and stay until it ends; ``arguments`` go to ``jupyter lab``.

    Raises LabError where the first lesson is missing or a port named in the arguments cannot be used.
    """
    if not (root / START_NOTEBOOK).is_file():
        raise LabError(f"{root / START_NOTEBOOK} is missing: run this in the course's folder")
    require_free_port(arguments)
    # Imported here: it takes half a second, which a mistyped argument need not wait for.
    from jupyterlab.labapp import main

    ours = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url={START_ADDRESS}"]
    # In a container one is often root, which Jupyter refuses unless told. It serves this machine only, with a token.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        ours.append("--allow-root")
    sys.argv[0] = "jupyter-lab"
    main([*ours, *arguments])  # the user's come last, and win


def require_free_port(arguments: Sequence[str]) -> None:
    """Raise LabError if ``arguments`` name a port that is taken, where Jupyter would quietly take another.

    With no port named, Jupyter takes 8888 or the next free one, which is fine.
    """
    text = value_of(arguments, "--port", "--ServerApp.port")
    if text is None:
        return
    if not text.isdecimal() or int(text) > 65535:
        raise LabError(f"--port {text!r}: a port is a number from 1 to 65535")
    port = int(text)
    if port == 0:
        return  # any free one
    host = value_of(arguments, "--ip", "--ServerApp.ip") or "localhost"
    try:
        addresses = socket.getaddrinfo(
            "" if host == "*" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror:
        return  # a host that is not known, which Jupyter reports itself
    for family, kind, protocol, _, address in addresses:
        with socket.socket(family, kind, protocol) as trial:
            if os.name != "nt":  # as Jupyter does, so that a port just given up counts as free
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(address)
            except OSError as error:
                another = f'choose another, such as make lab LAB_ARGS="--port {port + 1 if port < 65535 else 8888}"'
                if error.errno == errno.EADDRINUSE:
                    raise LabError(f"Port {port} is in use: {another}") from error
                if error.errno == errno.EACCES:
                    raise LabError(f"Port {port} is reserved for the system: {another}") from error
                # Any other, such as IPv6 being switched off, is no conflict.


def value_of(arguments: Sequence[str], *names: str) -> str | None:
    """The value of the last of the options ``names`` in ``arguments``, as ``--port 9000`` or ``--port=9000``."""
    value = None
    for position, argument in enumerate(arguments):
        name, equals, text = argument.partition("=")
        if name in names:
            value = text if equals else "".join(arguments[position + 1 : position + 2])
    return value
