"""The demo as its users see it: `regulars up` on a folder of its own, once all of it is in, and users signed in."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page
from support.running import environment, free_port

from regulars.app import App
from regulars.model.user import Role
from regulars.settings import load
from regulars.storage import users
from regulars.storage.awaited import awaited, finish
from regulars.storage.sessions import start_session

PATIENCE = 1_800.0

READY = """
SELECT EXISTS (SELECT FROM imports WHERE what = 'town' AND state = 'done') AND NOT EXISTS (SELECT FROM stale)
    AND NOT EXISTS (SELECT FROM stale_customers)
    AND (SELECT max(seq) FROM log) = (SELECT seq FROM cursor)
"""


@contextmanager
def demo(folder: str = "", address: str = "") -> Iterator[tuple[App, str]]:
    """The installation that is named, else one of its own; once the demo is in."""
    if folder:
        yield App(load(Path(folder), {})), address
        return
    with tempfile.TemporaryDirectory(prefix="regulars-pictures-") as made:
        port = free_port()
        argv = [sys.executable, "-m", "regulars", "up", "--port", str(port), "--data", f"{made}/data"]
        with subprocess.Popen(argv, env=environment(), stdout=sys.stderr) as process:
            try:
                yield _ready(Path(made) / "data", process), f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(60)


def _ready(folder: Path, process: subprocess.Popen[bytes]) -> App:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(2)
        try:
            app = App(load(folder, {}))
            with app.connect() as connection:
                if connection.execute(READY).fetchone() == (True,):
                    return app
        except Exception as error:  # It is not there yet; why is said if it never comes.
            print(f"waiting: {type(error).__name__}", file=sys.stderr)
    raise SystemExit("the demo did not come in")


def signed_in(browser: Browser, app: App, address: str, role: Role, size: tuple[int, int]) -> Page:
    """A page of a user of this role, in light colours."""
    with app.connect() as connection:
        link = awaited(connection)
        email = f"{role}@pictures.example"
        user = finish(users.by_email(link, email))
        id = user.id if user else finish(users.add_user(link, email, f"Ida {role.capitalize()}", role))
        assert id is not None
        finish(users.change(link, id, password="-"))
        token = finish(start_session(link, id, "pictures"))
    context = browser.new_context(
        base_url=address, viewport={"width": size[0], "height": size[1]}, color_scheme="light", locale="en-GB",
        reduced_motion="reduce",
    )  # fmt: skip
    context.add_cookies([{"name": "session", "value": token, "url": address, "httpOnly": True}])
    return context.new_page()
