"""Links to other sites: what is lost is told apart from what only moved."""

import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import links
import pytest

PLACES = {"/moved": (301, "/fine"), "/other": (302, "/fine")}
PLACES |= {"/lost": (302, "/"), "/round": (302, "/round")}
CODES = {"/gone": 410, "/none": 404, "/busy": 503, "/closed": 403}
PAGE = """<!doctype html><link rel="canonical" href="https://own.example/">
<a href="https://own.example/rnn/">own</a> <a href="../lstm/">own</a>
<a href="mailto:a@b.example">mail</a> <a href="https://a.example/x#y">1</a>
<a href="https://a.example/x">2</a> <a href="http://b.example">3</a>"""


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.server.asked[self.command, self.path] += 1
        code, place = PLACES.get(self.path, (CODES.get(self.path, 200), ""))
        if self.path == "/whole" and self.command == "HEAD":
            code = 405
        if self.path == "/soon" and self.server.asked["HEAD", "/soon"] < 3:
            code = 500
        if self.path == "/never":
            self.server.ended.wait(30)
        self.send_response(code)
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.asked, made.ended = Counter(), threading.Event()
        made.root = f"http://127.0.0.1:{made.server_port}"
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.ended.set()
        made.shutdown()
        thread.join()


@pytest.fixture
def client():
    with links.session(backoff=0) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "verdict", "said"),
    [
        ("/fine", "alive", "200"),
        ("/whole", "alive", "200"),
        ("/soon", "alive", "200"),
        ("/other", "alive", "200"),
        ("/moved", "moved", "/fine"),
        ("/lost", "moved", "/"),
        ("/closed", "refused", "403"),
        ("/busy", "silent", "503"),
        ("/round", "silent", "TooManyRedirects"),
        ("/gone", "dead", "410"),
        ("/none", "dead", "404"),
    ],
)
def test_each_answer_has_its_verdict(path, verdict, said, server, client):
    found = links.ask(client, server.root + path)
    assert found[0] == verdict
    assert found[1].removeprefix(server.root) == said


def test_a_page_is_asked_for_only_where_its_head_is_refused(server, client):
    for path in ("/fine", "/whole"):
        links.ask(client, server.root + path)
    once = {("HEAD", "/fine"), ("HEAD", "/whole"), ("GET", "/whole")}
    assert server.asked == dict.fromkeys(once, 1)


def test_a_registered_name_is_not_followed(server, client, monkeypatch):
    host = server.root.removeprefix("http://")
    monkeypatch.setattr(links, "REGISTERS", {host})
    assert links.ask(client, f"{server.root}/moved") == ("alive", "301")
    assert links.ask(client, f"{server.root}/none") == ("dead", "404")
    assert ("HEAD", "/fine") not in server.asked


def test_a_server_that_never_answers_is_silent(server):
    with links.session(retries=0) as client:
        verdict, _ = links.ask(client, f"{server.root}/never", timeout=0.1)
    assert verdict == "silent"


def test_a_name_that_nobody_has_is_dead(monkeypatch, client):
    def lookup(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setenv("NO_PROXY", "*")
    verdict, _ = links.ask(client, "http://nobody.invalid/")
    assert verdict == "dead"


def test_links_to_others_are_found_once_with_their_pages(tmp_path):
    (tmp_path / "en").mkdir()
    for name in ("index.html", "en/index.html"):
        (tmp_path / name).write_text(PAGE, "utf-8")
    both = ["en/index.html", "index.html"]
    found = links.found(tmp_path)
    assert found == {"https://a.example/x": both, "http://b.example": both}


def test_what_is_not_alive_is_listed_after_a_pause(server, client):
    waited = []
    asked = {server.root + path: ["a.html"] for path in ("/fine", "/none")}
    (row,) = links.check(asked, client, lambda: waited.append(1))
    assert row["verdict"] == "dead"
    assert row["address"] == f"{server.root}/none"
    assert len(waited) == 2


@pytest.mark.parametrize(("path", "code"), [("/fine", 0), ("/none", 1)])
def test_only_a_dead_link_fails(path, code, server, tmp_path, monkeypatch):
    page = '<link rel="canonical" href="https://own.example/">'
    page += f'<a href="{server.root}{path}">x</a>'
    (tmp_path / "index.html").write_text(page, "utf-8")
    monkeypatch.setattr(links, "PAUSE", 0)
    assert links.main(str(tmp_path)) == code
