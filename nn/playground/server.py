"""The server: the page and its files over HTTP, and a WebSocket for each page that is open.

It listens on this computer's own address alone, and answers nobody but its own page. Any website
that is open in the same browser could send requests to that address; what it sends names another
origin (or, with a name that resolves to 127.0.0.1, another host), and is refused.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import queue
from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from nn.playground.data import previews
from nn.playground.outbox import Outbox
from nn.playground.palette import palette_css
from nn.playground.session import LOG, Session

ADDRESS = "127.0.0.1"
MAX_MESSAGE = 4_000_000  # bytes
MOST_PAGES = 12
TRY_AGAIN_LATER, POLICY_VIOLATION = 1013, 1008
REPLAY_TIMEOUT = 20.0  # s

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
TEXT = "text/plain; charset=utf-8"


class PortInUseError(OSError):
    """The port is in use by another program."""


class Playground:
    """Serves the playground.

    Args:
        port: 0 for any that is free.

    Attributes:
        port: the one that is listened on, once it is.
        sessions: those of the pages that are open, by their tokens.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.sessions: dict[str, Session] = {}
        self._files = _files()
        self._previews = previews()

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{ADDRESS}:{self.port}/"

    async def start(self) -> Server:
        """Begin to listen.

        Returns:
            The server: an asynchronous context manager, which ends it.

        Raises:
            PortInUseError: if another program listens on the port.
            OSError: if the port cannot be listened on for another reason.
        """
        try:
            server = await serve(
                self._converse,
                ADDRESS,
                self.port,
                process_request=self._answer,
                max_size=MAX_MESSAGE,
                compression=None,  # there is no network between the two
                server_header=None,
                logger=_quiet_logger(),
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(error.errno, f"port {self.port} is in use") from error
            raise
        self.port = next(iter(server.sockets)).getsockname()[1]
        return server

    # -- HTTP ------------------------------------------------------------------------------------

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The response to a request; None for the one that opens the WebSocket."""
        refusal = self._refusal(request)
        if refusal is not None:
            return _response(HTTPStatus.FORBIDDEN, TEXT, refusal.encode())
        path = request.path.partition("?")[0]
        if path == "/live":
            return None
        if path.startswith("/replay/"):
            return await self._replay(path.removeprefix("/replay/"))
        if path not in self._files:
            return _response(HTTPStatus.NOT_FOUND, TEXT, b"There is no such page.\n")
        kind, content = self._files[path]
        return _response(HTTPStatus.OK, kind, content, self._policy())

    def _refusal(self, request: Request) -> str | None:
        """Return why a request is refused, if it does not come from the playground's own page."""
        hosts = {f"{name}:{self.port}" for name in (ADDRESS, "localhost")}
        if request.headers.get_all("Host") not in [[host] for host in hosts]:
            return f"The playground is at {self.address} and answers under no other name.\n"
        origins = request.headers.get_all("Origin")
        opens_socket = request.path.partition("?")[0] == "/live"
        if (origins or opens_socket) and origins not in [[f"http://{host}"] for host in hosts]:
            return "The playground answers its own page alone, and no other website or program.\n"
        return None

    def _policy(self) -> str:
        """The content security policy: the page loads its own files and socket, nothing else."""
        sockets = " ".join(f"ws://{name}:{self.port}" for name in (ADDRESS, "localhost"))
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )

    async def _replay(self, token: str) -> Response:
        session = self.sessions.get(token)
        if session is None:
            said = (
                b"The page that this replay belongs to was closed. Open it from the playground.\n"
            )
            return _response(HTTPStatus.NOT_FOUND, TEXT, said)
        try:
            page = await asyncio.wait_for(asyncio.wrap_future(session.replay()), REPLAY_TIMEOUT)
        except ValueError as error:
            return _response(HTTPStatus.CONFLICT, TEXT, f"{error}\n".encode())
        except (queue.Full, TimeoutError):
            said = b"The training did not answer in time. Try again.\n"
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, TEXT, said)
        return _response(HTTPStatus.OK, KINDS[".html"], page.encode())

    # -- WebSocket -------------------------------------------------------------------------------

    async def _converse(self, connection: ServerConnection) -> None:
        """A page is open: give it a session, and end that when the page is closed."""
        if len(self.sessions) >= MOST_PAGES:
            await connection.close(
                TRY_AGAIN_LATER, f"{MOST_PAGES} playgrounds are open: close one of them"
            )
            return
        outbox = Outbox(asyncio.get_running_loop())
        session = Session(outbox)
        self.sessions[session.token] = session
        welcome = {"type": "welcome", "replay": f"/replay/{session.token}"}
        outbox.post(welcome | {"previews": self._previews})
        try:
            async with asyncio.TaskGroup() as both:
                delivery = both.create_task(outbox.deliver(connection.send))
                await self._listen(connection, session, outbox)
                delivery.cancel()
        except* ConnectionClosed:
            pass
        finally:
            del self.sessions[session.token]
            session.close()

    async def _listen(self, connection: ServerConnection, session: Session, outbox: Outbox) -> None:
        """Pass the page's messages on, unless the page does not read its answers."""
        async for text in connection:
            message = _parsed(text)
            if isinstance(message, dict) and message.get("type") == "drawn":
                outbox.drawn()
                continue
            try:
                session.receive(message)
            except queue.Full:
                await connection.close(POLICY_VIOLATION, "too many messages at once")
                return
            await outbox.emptied()


def _parsed(text: str | bytes) -> Any:
    """A message; None for what is no JSON, which the session refuses."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _files() -> dict[str, tuple[str, bytes]]:
    """All files of the page, by path: their kind and their content."""
    folder = files("nn.playground") / "page"
    found = {
        f"/{entry.name}": (KINDS[PurePosixPath(entry.name).suffix], entry.read_bytes())
        for entry in folder.iterdir()
        if PurePosixPath(entry.name).suffix in KINDS
    }
    found["/palette.css"] = (KINDS[".css"], palette_css().encode())
    return found | {"/": found["/index.html"]}


def _response(status: HTTPStatus, kind: str, content: bytes, policy: str | None = None) -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
    )
    if policy is not None:
        headers["Content-Security-Policy"] = policy
    return Response(status.value, status.phrase, headers, content)


def _quiet_logger() -> logging.Logger:
    """Return a logger that drops errors about malformed requests."""
    logger = LOG.getChild("server")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    return record.getMessage() not in ("opening handshake failed", "connection rejected")


Opener = Callable[[str], Any]


async def run(playground: Playground, on_listening: Opener) -> None:
    """Serve until cancelled.

    Args:
        playground: what is served.
        on_listening: called with the page's address, once it is there.
    """
    async with await playground.start() as server:
        on_listening(playground.address)
        await server.serve_forever()
