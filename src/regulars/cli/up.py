"""`regulars up`: everything of one installation, started, supervised, and ended together."""

import argparse
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace

from regulars.app import App
from regulars.cli.child import Child, database_child
from regulars.cli.command import CliError, Subparsers, command, open_app, port_of
from regulars.cli.imports import demo_is_there
from regulars.cli.logs import set_up
from regulars.cli.supervisor import Supervisor
from regulars.cli.users import address_of, first_link, is_without_owner
from regulars.storage.database import WrongVersion
from regulars.storage.folder import FolderError
from regulars.storage.processes import started

READY_SECONDS = 60


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    up = command(subparsers, "up", "Start everything and keep it running; Ctrl-C ends it", _up)
    up.add_argument("--port", type=int, help="the port to listen on (default: the settings', else 8765)")
    up.add_argument("--no-demo", action="store_true", help="do not import the demo data")


def _up(options: argparse.Namespace) -> None:
    app = open_app(options, create=True)
    port = port_of(options, app)
    address = address_of(app, port)
    supervisor = Supervisor(app.folder, set_up("up"))
    cluster = app.cluster()
    if cluster is None:
        app.prepare()
    else:
        supervisor.add(database_child(cluster, lambda: _prepare(app)))
    local = f"http://{app.settings.host}:{port}"
    web = _child(app, "web", "serve", "web", "--port", str(port))
    welcome = _Welcome(app, address)
    supervisor.add(replace(web, after=lambda pid: welcome.announce(local, pid)))
    supervisor.add(_child(app, "pipeline", "serve", "pipeline"))
    supervisor.add(_child(app, "insights", "serve", "insights"))
    # What it sends leads to the pages, wherever this start has put them.
    messages = _child(app, "messages", "serve", "messages")
    supervisor.add(replace(messages, env={"REGULARS_PORT": str(port)}))
    if not options.no_demo and not demo_is_there(app):
        demo = _child(app, "demo", "import", "completejourney", "--demo", once=True)
        supervisor.add(replace(demo, done=welcome.again))
    supervisor.run()


def _prepare(app: App) -> None:
    """Raises FolderError, which ends `up` at its start, where the database is another version's."""
    try:
        app.prepare()
    except WrongVersion as error:
        raise FolderError(str(error)) from None


def _child(app: App, name: str, *arguments: str, once: bool = False) -> Child:
    argv = [sys.executable, "-m", "regulars", *arguments, "--data", str(app.folder.path)]
    return Child(name, argv, once=once)


class _Welcome:
    """Says where the pages are and, until there is an owner, how to become the owner."""

    def __init__(self, app: App, address: str) -> None:
        self._app = app
        self._address = address
        self._link = ""

    def announce(self, local: str, pid: int) -> None:
        """Wait until the web server answers, then say it; raises CliError once its process is gone."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and started(pid) is not None:
            try:
                with urllib.request.urlopen(f"{local}/healthz", timeout=5):
                    self._link = first_link(self._app, self._address)
                    self._say()
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise CliError(f"the web server does not answer at {local}: is the port taken?")

    def again(self) -> None:
        """Say it once more, since what the import of the demo printed has pushed it out of sight."""
        if self._link and is_without_owner(self._app):
            self._say()

    def _say(self) -> None:
        print(f"Regulars is at {self._address}", flush=True)
        if self._link:
            print(f"Become its owner, once: {self._link}", flush=True)
