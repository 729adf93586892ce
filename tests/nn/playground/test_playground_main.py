"""``python -m nn.playground``: a real process."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from nn.playground.__main__ import main


def start(*arguments):
    command = [sys.executable, "-m", "nn.playground", "--no-open", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_it_says_where_it_is_and_ends_with_ctrl_c():
    pytest.importorskip("websockets", reason="websockets is not installed")
    process = start("--port", "0")
    said = process.stdout.readline()
    address = re.search(r"http://127\.0\.0\.1:\d+/", said).group()
    with urllib.request.urlopen(address, timeout=10) as response:
        assert b"<title>Playground</title>" in response.read()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert errors == ""
    assert process.returncode == 0


def test_a_port_in_use_is_one_clear_line():
    pytest.importorskip("websockets", reason="websockets is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            main(["--no-open", "--port", str(port)])
    assert str(caught.value) == (
        f"port {port} is in use, perhaps by another playground. Take another one: --port 0 for "
        "any that is free"
    )


def test_without_websockets_it_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "websockets"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "nn.playground.server", raising=False)
    monkeypatch.setitem(sys.modules, "websockets", None)
    with pytest.raises(SystemExit) as caught:
        main(["--no-open"])
    assert "pip install 'websockets>=14'" in str(caught.value)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "８０", "1.5"])
def test_what_is_no_port(port, capsys):
    with pytest.raises(SystemExit):
        main(["--port", port])
    assert "a port is a number from 0 to 65535" in capsys.readouterr().err
