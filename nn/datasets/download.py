"""Downloads with verified size and SHA-256.

A download goes into a file beside its target, from which it is continued when it breaks off, and
takes its place when it is whole and its SHA-256 is right.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ipaddress
import os
import re
import time
import urllib.error
import urllib.request
import warnings
from typing import IO, Any
from urllib.parse import urlsplit

from nn._core import atomic_files
from nn._core.locking import Lock, LockedError
from nn._core.validation import require_number
from nn.datasets.resources import DownloadError, Resource

ATTEMPTS = 4
CHUNK = 2**16
SLOWEST = 2000.0  # bytes per second, once the timeout has passed
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _TryAgainError(Exception):
    """The partial file is unusable: start the download over."""


def fetched(resource: Resource, folder: str, timeout: float = 30.0) -> str:
    """The path of a file, which is downloaded unless it is there already.

    Args:
        resource: what is wanted.
        folder: where it is kept; made if it is not there.
        timeout: the seconds that the server may be silent. When they have passed it has to have
            sent 2 kB a second on average.

    Raises:
        DownloadError: if the server cannot be reached, is silent, refers to another server, or
            has another file. What arrived of the right file is kept, and the next call goes on
            from there.
        OSError: if the folder cannot be written to.
    """
    require_number("timeout", timeout, positive=True)
    path = os.path.join(folder, resource.name)
    if os.path.exists(path):
        if _is_right(path, resource):
            return path
        warnings.warn(f"{path!r} is damaged, and is downloaded again", stacklevel=3)
    os.makedirs(folder, exist_ok=True)
    lock = Lock(f"{path}.lock")
    try:
        lock.acquire()
    except LockedError as error:
        raise DownloadError(f"{path!r} is being downloaded by {error.holder}") from None
    try:
        print(f"Downloading {resource.url} ({resource.size / 1e6:.1f} MB) into {folder}")
        part = f"{path}.part"
        _download(resource, part, timeout)
        os.replace(part, path)
        atomic_files.sync_folder(folder)
    finally:
        lock.release()
    return path


def fetched_unknown(url: str, path: str, timeout: float = 30.0) -> None:
    """Download a file of unknown size and hash to a path.

    Raises:
        DownloadError: as `fetched`, and for a file that breaks off.
        OSError: if the path cannot be written to.
    """
    print(f"Downloading {url} to {path}")
    part = f"{path}.part"
    try:
        with _open(url, {"User-Agent": "autograd_lite"}, timeout) as response:
            length = response.headers.get("Content-Length")
            with open(part, "wb") as file:
                while chunk := response.read(CHUNK):
                    file.write(chunk)
                size = file.tell()
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadError(f"{url}: HTTP status {error.code}: {error.reason}") from None
    except (http.client.HTTPException, urllib.error.URLError, OSError) as error:
        raise DownloadError(f"{url} could not be downloaded: {error}") from None
    if length is not None and length != str(size):
        os.unlink(part)
        raise DownloadError(f"{url} broke off after {size} of {length:.20} bytes")
    os.replace(part, path)


def _download(resource: Resource, part: str, timeout: float) -> None:
    """Download the whole file to `part`, in several attempts."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _continue(resource, part, timeout)
            if _is_right(part, resource):
                return
            raise _TryAgainError(
                "the file there has another SHA-256 than the one that is expected: "
                f"{_sha256(part)}, not {resource.sha256}. It was damaged in transit, or replaced"
            )
        except _TryAgainError as error:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)
            reason: Exception = error
        except urllib.error.HTTPError as error:
            error.close()
            raise _failed(resource, f"HTTP status {error.code}: {error.reason}") from None
        except (http.client.HTTPException, urllib.error.URLError, OSError) as error:
            if isinstance(error, DownloadError) or attempt == ATTEMPTS:
                raise _failed(resource, error) from None
            reason = error
    raise _failed(resource, reason) from None


def _continue(resource: Resource, part: str, timeout: float) -> None:
    """Download the missing end of `part`."""
    have = os.path.getsize(part) if os.path.exists(part) else 0
    if have == resource.size:
        return
    if have > resource.size:
        raise _TryAgainError("more was kept than the file has")
    headers = {"User-Agent": "autograd_lite", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with _open(resource.url, headers, timeout) as response:
        begins = _begin(response, have, resource)
        with open(part, "r+b" if begins else "wb") as file:
            file.seek(begins)
            _receive(response, file, resource.size - begins, timeout)
            file.flush()
            os.fsync(file.fileno())


def _begin(response: Any, have: int, resource: Resource) -> int:
    """The position of the first byte that the server is going to send."""
    begins, length = 0, response.headers.get("Content-Length")
    if response.status == 206:
        found = RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have or found[2] not in ("*", str(resource.size)):
            raise _TryAgainError("the server sends another part of the file than was asked for")
        begins = have
    elif response.status != 200:
        raise DownloadError(f"HTTP status {response.status}")
    if length is not None and length != str(resource.size - begins):
        raise DownloadError(
            f"the server has a file of {length[:20]} bytes, expected are {resource.size - begins}"
        )
    return begins


def _receive(response: Any, file: IO[bytes], size: int, timeout: float) -> None:
    """Write so many bytes to a file as they come."""
    began = time.monotonic()
    left = size
    while left:
        chunk = response.read1(min(CHUNK, left))
        if not chunk:
            raise ConnectionError(f"it broke off after {size - left} of {size} bytes")
        file.write(chunk)
        left -= len(chunk)
        seconds = time.monotonic() - began
        if seconds > timeout and (size - left) / seconds < SLOWEST:
            raise TimeoutError(f"it sends less than {SLOWEST:.0f} bytes a second")
    if response.read1(1):
        raise DownloadError(f"the server sends more than the {size} bytes that are expected")


def _open(url: str, headers: dict[str, str], timeout: float) -> Any:
    _require_safe(url)
    opener = urllib.request.build_opener(_SameServer())
    return opener.open(urllib.request.Request(url, headers=headers), timeout=timeout)


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to the same server."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            fp.close()
            raise DownloadError(f"the server refers to another one, {newurl!r:.200}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_safe(url: str) -> None:
    """Require https, except on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname)):
        return
    raise DownloadError(f"files come by https only, not by {parts.scheme!r:.20}")


def _is_here(host: str | None) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host or "").is_loopback
    return host == "localhost"


def _is_right(path: str, resource: Resource) -> bool:
    return os.path.getsize(path) == resource.size and _sha256(path) == resource.sha256


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _failed(resource: Resource, why: object) -> DownloadError:
    return DownloadError(
        f"{resource.url} could not be downloaded: {why}. What has arrived is kept, and the next "
        "call goes on from there; or get the file in another way, and give its path="
    )
