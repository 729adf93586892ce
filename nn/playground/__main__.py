"""``python -m nn.playground``: serve the playground, and open it in the browser."""

from __future__ import annotations

import argparse
import asyncio
import sys
import webbrowser
from collections.abc import Sequence

MISSING = "the playground needs websockets 14 or later: pip install 'websockets>=14'"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C.

    Raises:
        SystemExit: with one line that says why, where it cannot be served.
    """
    chosen = _parser().parse_args(arguments)
    try:
        from nn.playground.server import Playground, PortInUseError, run
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "websockets":
            raise
        sys.exit(MISSING)

    def on_listening(address: str) -> None:
        print(f"The playground is at {address} (Ctrl-C ends it)", flush=True)
        if chosen.open:
            webbrowser.open(address)

    try:
        asyncio.run(run(Playground(chosen.port), on_listening))
    except PortInUseError:
        sys.exit(
            f"port {chosen.port} is in use, perhaps by another playground. Take another one: "
            "--port 0 for any that is free"
        )
    except OSError as error:
        sys.exit(f"port {chosen.port} cannot be listened on: {error.strerror}")
    except KeyboardInterrupt:
        print()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nn.playground",
        description="A small neural network in your browser, trained by nn while you watch. "
        "It is served to this computer alone.",
    )
    parser.add_argument(
        "--port", type=_port, default=8765, help="where to listen; 0 for any that is free (8765)"
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether to open the page in the browser",
    )
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, got {text!r}")
    return port


if __name__ == "__main__":
    main()
