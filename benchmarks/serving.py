"""A site as a host of pages serves it: compressed, kept for ten minutes."""

import contextlib
import functools
import gzip
import http.server
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".xml"}


@functools.lru_cache(maxsize=512)
def compressed(path: Path) -> bytes:
    """A file's bytes, by gzip."""
    return gzip.compress(path.read_bytes(), mtime=0)


class Handler(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, under a path of the address."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args, directory: str, base: str) -> None:
        self.base = base
        super().__init__(*args, directory=directory)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        status = 200 if path.is_file() else 404
        if status == 404:
            path = Path(self.directory) / "404.html"
        packed = path.suffix in COMPRESSED and "gzip" in (
            self.headers.get("Accept-Encoding") or ""
        )
        body = compressed(path) if packed else path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix in COMPRESSED:
            self.send_header("Vary", "Accept-Encoding")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.base):
            return str(Path(self.directory) / "nowhere")
        return super().translate_path("/" + path.removeprefix(self.base))

    def guess_type(self, path: str) -> str:
        kind = super().guess_type(path)
        text = kind.startswith("text/") or kind.endswith(("json", "javascript"))
        return f"{kind}; charset=utf-8" if text else kind

    def log_message(self, *_) -> None:
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """One thread a connection; a browser may leave before the end."""

    daemon_threads = True

    def handle_error(self, *args) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*args)


@contextlib.contextmanager
def served(site: Path, base: str = "/") -> Iterator[str]:
    """Serve a built site; gives the address of its home page."""
    handler = functools.partial(Handler, directory=str(site), base=base)
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{base}"
        finally:
            server.shutdown()
            thread.join()
