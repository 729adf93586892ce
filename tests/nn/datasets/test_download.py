"""Downloads from a server on this machine that does everything a server can do wrong."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nn.datasets.download import DownloadError, Resource, fetched

CONTENT = bytes(i * i % 251 for i in range(200_000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Misbehaving(BaseHTTPRequestHandler):
    """The path of a request says how it is answered."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        getattr(self, self.path.rpartition("/")[2].partition(".")[0])()
        self.close_connection = True

    def log_message(self, *arguments):
        pass

    def answer(self, data, status=200, **headers):
        self.send_response(status)
        for name, value in ({"Content_Length": len(data)} | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def asked_for(self):
        """The rest that a Range asks for, its status and its headers."""
        asked = self.headers.get("Range")
        if asked is None:
            return CONTENT, 200, {}
        begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        end = len(CONTENT) - 1
        return CONTENT[begin:], 206, {"Content_Range": f"bytes {begin}-{end}/{len(CONTENT)}"}

    def good(self):
        data, status, headers = self.asked_for()
        self.answer(data, status, **headers)

    def without_ranges(self):
        self.answer(CONTENT)

    def without_length(self):
        self.answer(CONTENT, Content_Length=None)

    def truncates(self):
        """Breaks off after 60,000 bytes, each time."""
        data, status, headers = self.asked_for()
        self.answer(data[:60_000], status, Content_Length=len(data), **headers)

    def truncates_without_ranges(self):
        self.answer(CONTENT[:60_000], Content_Length=len(CONTENT))

    def truncates_without_length(self):
        self.answer(CONTENT[:60_000], Content_Length=None)

    def says_less(self):
        self.answer(CONTENT, Content_Length=1000)

    def says_more(self):
        self.answer(CONTENT, Content_Length=10**12)

    def says_nonsense(self):
        self.answer(CONTENT, Content_Length="many")

    def never_ends(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(10_000):
                self.wfile.write(b"x" * 100_000)
        except OSError:
            self.server.cut_off = True

    def wrong_bytes(self):
        data, status, headers = self.asked_for()
        self.answer(bytes(len(data)), status, **headers)

    def another_part(self):
        if self.headers.get("Range"):
            headers = {"Content_Range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"}
            self.answer(CONTENT, 206, **headers)
        else:
            self.truncates()

    def stalls(self):
        self.answer(CONTENT[:1000], Content_Length=len(CONTENT))
        self.server.stop.wait(20)

    def stalls_before_the_headers(self):
        self.server.stop.wait(20)

    def trickles(self):
        self.answer(b"", Content_Length=len(CONTENT))
        try:
            while not self.server.stop.wait(0.05):
                self.wfile.write(b"x")
        except OSError:
            pass

    def redirects_here(self):
        self.answer(b"", 302, Location="/good.bin")

    def redirects_outside(self):
        self.answer(b"", 302, Location=f"http://localhost:{self.server.server_port}/good.bin")

    def redirects_to_a_file(self):
        self.answer(b"", 302, Location="file:///etc/hostname")

    def redirects_to_https_elsewhere(self):
        self.answer(b"", 302, Location="https://example.com/good.bin")

    def redirects_for_ever(self):
        self.answer(b"", 302, Location="/redirects_for_ever.bin")

    def missing(self):
        self.answer(b"not here", 404)

    def fails(self):
        self.answer(b"", 500)

    def garbage(self):
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n" * 1000)

    def empty(self):
        self.answer(b"", 204, Content_Length=None)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    made = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    made.requests, made.stop, made.cut_off = [], threading.Event(), False
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.stop.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def get(server, tmp_path):
    """Fetch a file that the server treats in some way; its bytes."""

    def fetch(name, timeout=0.3):
        url = f"http://127.0.0.1:{server.server_port}/{name}.bin"
        path = fetched(Resource(url, len(CONTENT), SHA256), str(tmp_path / "cache"), timeout)
        with open(path, "rb") as file:
            return file.read()

    return fetch


def files(tmp_path):
    return sorted(os.listdir(tmp_path / "cache"))


@pytest.mark.parametrize("name", ["good", "without_ranges", "without_length", "redirects_here"])
def test_what_is_right_arrives(get, tmp_path, name, capsys):
    assert get(name) == CONTENT
    assert files(tmp_path) == [f"{name}.bin"]
    assert "(0.2 MB)" in capsys.readouterr().out


def test_it_is_downloaded_once(get, server, capsys):
    get("good")
    capsys.readouterr()
    assert get("good") == CONTENT
    assert len(server.requests) == 1
    assert capsys.readouterr().out == ""


def test_a_damaged_file_in_the_cache_is_downloaded_again(get, server, tmp_path):
    get("good")
    (tmp_path / "cache" / "good.bin").write_bytes(CONTENT[:-1] + b"x")
    with pytest.warns(UserWarning, match="damaged, and is downloaded again"):
        assert get("good") == CONTENT


def test_what_breaks_off_is_continued(get, server):
    assert get("truncates") == CONTENT
    assert [asked for _, asked in server.requests] == [
        None,
        "bytes=60000-",
        "bytes=120000-",
        "bytes=180000-",
    ]


def test_the_next_call_goes_on_where_the_last_one_gave_up(get, server, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "good.bin.part").write_bytes(CONTENT[:77])
    assert get("good") == CONTENT
    assert server.requests == [("/good.bin", "bytes=77-")]


@pytest.mark.parametrize("kept", [CONTENT + b"more", b"wrong" * 10, CONTENT[:-1] + b"x"])
def test_what_was_kept_and_is_wrong_is_thrown_away(get, tmp_path, kept):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "good.bin.part").write_bytes(kept)
    assert get("good") == CONTENT
    assert files(tmp_path) == ["good.bin"]


def test_a_whole_part_is_not_downloaded_again(get, server, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "good.bin.part").write_bytes(CONTENT)
    assert get("good") == CONTENT
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("truncates_without_ranges", "it broke off after 60000 of 200000 bytes"),
        ("truncates_without_length", "it broke off after 60000 of"),
        ("says_less", "the server has a file of 1000 bytes, expected are 200000"),
        ("says_more", "the server has a file of 1000000000000 bytes"),
        ("says_nonsense", "the server has a file of many bytes"),
        ("never_ends", "the server sends more than the 200000 bytes"),
        ("wrong_bytes", f"another SHA-256 than the one that is expected: .*, not {SHA256}"),
        ("another_part", "another part of the file than was asked for"),
        ("stalls", "timed out"),
        ("stalls_before_the_headers", "timed out"),
        ("trickles", "less than 2000 bytes a second"),
        ("redirects_outside", "the server refers to another one, 'http://localhost"),
        ("redirects_to_a_file", "url 'file:///etc/hostname' is not allowed"),
        ("redirects_to_https_elsewhere", "refers to another one, 'https://example.com/good.bin'"),
        ("redirects_for_ever", "HTTP status 302"),
        ("missing", "HTTP status 404"),
        ("fails", "HTTP status 500"),
        ("garbage", "SSH"),
        ("empty", "HTTP status 204"),
    ],
)
def test_what_is_wrong_is_refused(get, tmp_path, name, message):
    before = time.monotonic()
    with pytest.raises(DownloadError, match=message) as raised:
        get(name)
    assert "give its path=" in str(raised.value)
    assert time.monotonic() - before < 15  # four attempts, and no hang
    assert all(file.endswith(".part") for file in files(tmp_path))
    for file in files(tmp_path):
        assert os.path.getsize(tmp_path / "cache" / file) <= len(CONTENT)


def test_an_endless_answer_is_cut_off(get, server):
    with pytest.raises(DownloadError):
        get("never_ends")
    server.stop.wait(0.5)
    assert server.cut_off


def test_wrong_bytes_leave_nothing_that_could_be_taken_for_right_ones(get, tmp_path):
    with pytest.raises(DownloadError):
        get("wrong_bytes")
    assert files(tmp_path) == []


def test_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DownloadError, match="refused"):
        fetched(Resource(f"http://127.0.0.1:{port}/x.bin", 3, SHA256), str(tmp_path), 1)


@pytest.mark.parametrize("url", ["http://example.com/x.bin", "ftp://localhost/x", "file:///x.bin"])
def test_only_https(tmp_path, url):
    with pytest.raises(DownloadError, match="https only"):
        fetched(Resource(url, 3, SHA256), str(tmp_path), 1)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_is_none(tmp_path, timeout):
    with pytest.raises(ValueError, match="timeout is a positive number"):
        fetched(Resource("https://localhost/x.bin", 3, SHA256), str(tmp_path), timeout)


def test_two_downloads_of_one_file(get, tmp_path):
    from nn._core.locking import Lock

    (tmp_path / "cache").mkdir()
    other = Lock(str(tmp_path / "cache" / "good.bin.lock"))
    other.acquire()
    try:
        with pytest.raises(DownloadError, match="is being downloaded by another call"):
            get("good")
    finally:
        other.release()
    assert get("good") == CONTENT


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(FileExistsError):
        fetched(
            Resource(f"http://127.0.0.1:{server.server_port}/good.bin", len(CONTENT), SHA256),
            str(tmp_path / "cache"),
        )


NO_NETWORK = """
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
import nn, nn.saving, nn.datasets as d
for name in ("digits", "iris", "breast_cancer", "wine", "diabetes"):
    getattr(d, f"load_{name}")()
d.make_moons()
assert "urllib.request" not in sys.modules
"""


def test_nothing_else_touches_the_network():
    subprocess.run([sys.executable, "-c", NO_NETWORK], check=True, timeout=100)
