"""A server on loopback that keeps to a plan: truncates, stalls, lies, refuses, changes its mind."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Plan:
    """How one request is answered.

    Attributes:
        data: The file; None: the server's own.
        status: Anything but 200 is sent without the file.
        tag: The ETag; empty: none.
        cut_after: Bytes after which the connection ends.
        stall_after: Bytes after which nothing more comes.
        ranges: Whether ranges are heeded.
        guarded: Whether If-Range is heeded.
        headers: Further headers.
    """

    data: bytes | None = None
    status: int = 200
    tag: str = '"one"'
    cut_after: int | None = None
    stall_after: int | None = None
    ranges: bool = True
    guarded: bool = True
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class FileServer:
    """The server.

    Attributes:
        data: The file that it serves at every path.
        plans: One for each request to come; then the plain one.
        asked: "Range" and "If-Range" of each request so far.
        sent: Bytes of the file that each request brought.
        url: Its address.
    """

    data: bytes
    plans: list[Plan] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    url: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        plan = self.plans.pop(0) if self.plans else Plan()
        data = self.data if plan.data is None else plan.data
        self.asked.append((request.headers.get("Range", ""), request.headers.get("If-Range", "")))
        start = self._start(plan, len(data))
        status = plan.status if plan.status != 200 or start is None else 206
        request.send_response(status)
        for name, value in plan.headers:
            request.send_header(name, value)
        if plan.status != 200:
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if plan.tag:
            request.send_header("ETag", plan.tag)
        body = data[start or 0 :]
        if start is not None:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        if "Content-Length" not in dict(plan.headers):
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        self.sent.append(0)
        for place in range(0, len(body), 1000):
            if plan.cut_after is not None and place >= plan.cut_after:
                request.close_connection = True
                return
            if plan.stall_after is not None and place >= plan.stall_after:
                self.done.wait(20)
                return
            request.wfile.write(body[place : place + 1000])
            self.sent[-1] += len(body[place : place + 1000])

    def _start(self, plan: Plan, size: int) -> int | None:
        wanted, guard = self.asked[-1]
        if not wanted or not plan.ranges or (plan.guarded and guard and guard != plan.tag):
            return None
        return min(int(wanted.removeprefix("bytes=").rstrip("-")), size)


@contextmanager
def serving(data: bytes, *plans: Plan) -> Iterator[FileServer]:
    """Runs a server."""
    files = FileServer(data, list(plans))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                files.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    files.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield files
    finally:
        files.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
