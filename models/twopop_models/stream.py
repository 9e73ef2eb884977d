"""One HTTP response (RFC 9110), read by a thread of its own, so that a silent server keeps nobody from cancelling."""

from __future__ import annotations

import contextlib
import http.client
import queue
import re
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from twopop_models.card_table import origin_problem
from twopop_models.errors import FetchFailed

_BLOCK_BYTES = 1 << 16
_POLL_S = 0.1
_LINGER_S = 2.0  # the thread gives up after the one that waits for it
_PASSING = (408, 425, 429)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Interrupted(Exception):
    """The connection broke or stalled, or the server is busy; another try may help."""


class RangeRefused(Exception):
    """The server has nothing at the place where the download was to go on."""


@dataclass(frozen=True)
class Answer:
    """How the server answers.

    Attributes:
        start: Place in the file of the first byte that comes; 0 when the server starts anew.
        total_bytes: Length of the whole file; None when the server does not say.
        validator: What the server calls this version of the file; empty when it does not say.
    """

    start: int
    total_bytes: int | None
    validator: str


class Stream:
    """A file on its way."""

    def __init__(self, url: str, start: int, validator: str, stall_s: float) -> None:
        """Asks for a file.

        Args:
            url: The address.
            start: Place in the file to go on from.
            validator: The version that the earlier bytes are of; empty when it is not known.
            stall_s: Seconds without a byte after which it counts as interrupted.
        """
        self._url, self._start, self._validator, self._stall_s = url, start, validator, stall_s
        self._arrived: queue.Queue[Answer | bytes | Exception | None] = queue.Queue(maxsize=16)
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def answer(self, waiting: Callable[[], None]) -> Answer:
        """The headers; to be asked for first.

        Args:
            waiting: Called every tenth of a second; may raise to cancel.

        Raises:
            Interrupted: Another try may help.
            RangeRefused: The file is shorter than was thought.
            FetchFailed: Another try would not help.
        """
        got = self._next(waiting)
        if not isinstance(got, Answer):
            raise Interrupted("the server said nothing")
        return got

    def read(self, waiting: Callable[[], None]) -> bytes:
        """The next bytes; none at the end. Raises what `answer` does."""
        got = self._next(waiting)
        return got if isinstance(got, bytes) else b""

    def stop(self) -> None:
        """Lets the thread end; it may take for as long as the server is silent."""
        self._stopped.set()

    def _next(self, waiting: Callable[[], None]) -> Answer | bytes | None:
        end_s = time.monotonic() + self._stall_s
        while time.monotonic() < end_s:
            waiting()
            with contextlib.suppress(queue.Empty):
                got = self._arrived.get(timeout=_POLL_S)
                if isinstance(got, Exception):
                    raise got
                return got
        raise Interrupted(f"nothing came for {self._stall_s:g} s")

    def _run(self) -> None:
        try:
            with _open(self._url, self._start, self._validator, self._stall_s + _LINGER_S) as response:
                self._put(_answer(self._url, self._start, response))
                while (block := response.read1(_BLOCK_BYTES)) and not self._stopped.is_set():
                    self._put(block)
            self._put(None)
        except (FetchFailed, RangeRefused) as error:
            self._put(error)
        except urllib.error.HTTPError as error:
            with error:
                self._put(_refusal(self._url, error))
        except (OSError, http.client.HTTPException) as error:
            self._put(_broken(self._url, error))

    def _put(self, item: Answer | bytes | Exception | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._arrived.put(item, timeout=_POLL_S)
                return


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to addresses that could stand in a card, and never from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        problem = origin_problem(newurl)
        if not problem and req.type == "https" and not newurl.lower().startswith("https:"):
            problem = "must begin with https://"
        if problem:
            fp.close()
            raise FetchFailed(req.full_url, f"sends on to {newurl!r}, which {problem}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, start: int, validator: str, timeout_s: float) -> http.client.HTTPResponse:
    if problem := origin_problem(url):
        raise FetchFailed(url, problem)
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "twopop"})  # noqa: S310 (checked above)
    if start:
        request.add_header("Range", f"bytes={start}-")
        if validator:
            request.add_header("If-Range", validator)
    response: http.client.HTTPResponse = urllib.request.build_opener(_Redirects).open(request, timeout=timeout_s)
    return response


def _answer(url: str, start: int, response: http.client.HTTPResponse) -> Answer:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchFailed(url, "sends the file in another encoding than was asked for")
    tag = response.headers.get("ETag", "")
    validator = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    if response.status != 206:
        length = response.headers.get("Content-Length", "")
        return Answer(0, int(length) if length.isdecimal() else None, validator)
    said = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if said is None or int(said[1]) != start:
        raise FetchFailed(url, "sends another part of the file than was asked for")
    return Answer(start, None if said[2] == "*" else int(said[2]), validator)


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code == 416:
        return RangeRefused()
    said = f"the server answers {error.code} {http.client.responses.get(error.code, '')}".rstrip()
    if error.code >= 500 or error.code in _PASSING:
        return Interrupted(said)
    if error.code // 100 == 3:
        return FetchFailed(url, "the server sends on in a circle, or to an address that is none")
    return FetchFailed(url, f"{said}; if you find the file elsewhere, use --from PATH")


def _broken(url: str, error: OSError | http.client.HTTPException) -> Exception:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return FetchFailed(url, f"the server's certificate is not good: {cause.verify_message}")
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return Interrupted(f"the connection failed: {words or type(cause).__name__}")
