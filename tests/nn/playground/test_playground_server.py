"""The server: whom it answers, what it refuses, how it keeps pages apart."""

import http.client
import json
import socket
import struct
import time

import pytest

client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
exceptions = pytest.importorskip("websockets.exceptions")


def get(port, path="/", headers=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in ({"Host": f"127.0.0.1:{port}"} | (headers or {})).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response, body


class Tab:
    """What a page does over its WebSocket."""

    def __init__(self, playground, **options):
        port = playground.port
        options = {"origin": f"http://127.0.0.1:{port}", "compression": None} | options
        self._connecting = client.connect(f"ws://127.0.0.1:{port}/live", max_size=None, **options)

    def __enter__(self):
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(self, *error):
        self._connecting.__exit__(*error)

    def send(self, type, **content):
        self.socket.send(json.dumps({"type": type, **content}))

    def next(self):
        """The next message or frame's header."""
        data = self.socket.recv(timeout=20)
        if isinstance(data, str):
            return json.loads(data)
        (length,) = struct.unpack_from("<I", data)
        return {"type": "frame", **json.loads(data[4 : 4 + length])}

    def until(self, type):
        while (message := self.next())["type"] != type:
            pass
        return message


# -- HTTP ------------------------------------------------------------------------------------------


def test_the_page_may_load_its_own_files_and_nothing_else(playground):
    response, body = get(playground.port)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in body
    assert "http://" not in body
    assert "https://" not in body


@pytest.mark.parametrize("name", ["main.js", "playground.css", "palette.css", "icon.svg"])
def test_its_files(playground, name):
    response, body = get(playground.port, f"/{name}?x=1")
    assert response.status == 200
    assert body
    assert "Playground" not in response.headers.get("Server", "")


@pytest.mark.parametrize(
    "path", ["/../settings.py", "/page/index.html", "/.%2e/x", "//", "/nothing"]
)
def test_nothing_else_is_served(playground, path):
    assert get(playground.port, path)[0].status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1"])
def test_another_host_is_refused(playground, host):
    response, body = get(playground.port, headers={"Host": host})
    assert response.status == 403
    assert f"http://127.0.0.1:{playground.port}/" in body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01 no HTTP\r\n\r\n",
        b"",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 20_000,
        b"PUT / X\r\n\r\n",
    ],
)
def test_what_is_no_request_does_no_harm(playground, sent, caplog):
    with socket.create_connection(("127.0.0.1", playground.port)) as connection:
        connection.sendall(sent)
    assert get(playground.port)[0].status == 200
    assert caplog.records == []


def test_localhost_is_the_same_computer(playground):
    assert get(playground.port, headers={"Host": f"localhost:{playground.port}"})[0].status == 200


def test_another_origin_is_refused(playground):
    response, body = get(playground.port, headers={"Origin": "https://evil.example"})
    assert response.status == 403
    assert "no other website" in body


def test_it_listens_on_this_computer_alone(playground):
    assert playground.address.startswith("http://127.0.0.1:")


# -- who may open a socket -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:1", "http://127.0.0.1", "null", None]
)
def test_a_socket_of_a_foreign_page_is_refused(playground, origin):
    with pytest.raises(exceptions.InvalidStatus) as caught, Tab(playground, origin=origin):
        pass
    assert caught.value.response.status_code == 403
    assert playground.sessions == {}


def test_there_is_an_end_to_pages(playground, monkeypatch):
    monkeypatch.setattr("nn.playground.server.MOST_PAGES", 2)
    with Tab(playground) as a, Tab(playground) as b:
        a.until("welcome")
        b.until("welcome")
        with Tab(playground) as c, pytest.raises(exceptions.ConnectionClosed) as caught:
            c.next()
        assert caught.value.rcvd.code == 1013
        assert "close one of them" in caught.value.rcvd.reason


# -- messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        "{",
        b"\xff\xfe",
        "[" * 100_000,
        "1" * 5000,
        '{"type": ["train"]}',
        '{"type": "settings", "settings": {"layers": "many"}}',
        '{"type": "settings", "settings": {"learning_rate": NaN}}',
        '{"type": "settings", "settings": {"seed": 1e400}}',
        '{"type": "settings", "settings": {"learning_rate": ' + "9" * 4000 + "}}",
    ],
)
def test_malformed_messages_are_answered_and_the_page_lives_on(playground, text):
    with Tab(playground) as tab:
        tab.socket.send(text)
        assert tab.until("error")["message"]
        tab.send("settings", settings={})
        assert tab.until("network")["layers"] == [4, 2, 1]


def test_a_huge_message_closes_the_connection(playground):
    with Tab(playground) as tab:
        tab.until("welcome")
        tab.socket.send("x" * 5_000_000)
        with pytest.raises(exceptions.ConnectionClosed) as caught:
            tab.until("never")
        assert caught.value.rcvd.code == 1009


def test_a_csv_file_is_learned_from(playground):
    rows = "".join(f"{i % 7},{i % 5},{'<b>'[: 1 + i % 2]}\n" for i in range(40))
    with Tab(playground) as tab:
        tab.send("csv", name="<i>.csv", text="a,b,c\n" + rows)
        assert tab.until("table")["columns"] == ["a", "b", "c"]
        tab.send("settings", settings={"data": "csv"})
        assert tab.until("network")["classes"] == ["<", "<b"]


# -- frames and pages ------------------------------------------------------------------------------


def test_the_next_frame_comes_when_the_last_one_is_drawn(playground):
    with Tab(playground) as tab:
        tab.send("settings", settings={})
        tab.send("pace", pace="fast")
        first = tab.until("frame")
        tab.send("train")
        tab.until("state")
        time.sleep(0.3)
        tab.send("pause")
        assert tab.next()["type"] == "code"  # and no frame before it
        assert tab.next()["type"] == "state"
        tab.send("drawn")
        latest = tab.until("frame")
        assert latest["epoch"] > first["epoch"]
        assert [row[0] for row in latest["rows"]] == list(range(1, latest["epoch"] + 1))


def test_two_pages_do_not_disturb_each_other(playground):
    with Tab(playground) as a, Tab(playground) as b:
        a.send("settings", settings={"data": "xor"})
        b.send("settings", settings={"data": "blobs", "layers": [{"units": 3}]})
        assert a.until("network")["layers"] == [4, 2, 1]
        assert b.until("network")["layers"] == [3, 3]
        a.send("train")
        assert a.until("state") is not None
        assert b.until("frame")["playing"] is False
        assert len(playground.sessions) == 2


def test_a_closed_page_ends_its_training(playground):
    with Tab(playground) as tab:
        tab.send("settings", settings={})
        tab.send("train")
        tab.until("frame")
        (session,) = playground.sessions.values()
    assert session.join(10)
    deadline = time.monotonic() + 5
    while playground.sessions and time.monotonic() < deadline:
        time.sleep(0.01)
    assert playground.sessions == {}


def test_training_leaves_the_server_time(playground):
    with Tab(playground) as tab:
        tab.send("pace", pace="fast")
        tab.send("settings", settings={"layers": [{"units": 10}] * 6, "samples": 1000})
        tab.send("train")
        tab.until("frame")
        for _ in range(20):
            assert get(playground.port)[0].status == 200


# -- replay ----------------------------------------------------------------------------------------


def test_the_replay_of_a_page(playground):
    with Tab(playground) as tab:
        address = tab.until("welcome")["replay"]
        assert get(playground.port, address)[0].status == 409
        tab.send("settings", settings={})
        tab.until("frame")
        response, body = get(playground.port, address)
        assert response.status == 200
        assert "4 training points" in body
    assert get(playground.port, "/replay/nobody")[0].status == 404
