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
from regulars.cli.users import address_of, first_link
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
    supervisor.add(replace(web, after=lambda pid: _announce(app, local, address, pid)))
    supervisor.add(_child(app, "pipeline", "serve", "pipeline"))
    if not options.no_demo and not demo_is_there(app):
        supervisor.add(_child(app, "demo", "import", "completejourney", "--demo", once=True))
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


def _announce(app: App, local: str, address: str, pid: int) -> None:
    """Wait until the web server answers, then say where it is; raises CliError once its process is gone."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and started(pid) is not None:
        try:
            with urllib.request.urlopen(f"{local}/healthz", timeout=5):
                _say(app, address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise CliError(f"the web server does not answer at {local}: is the port taken?")


def _say(app: App, address: str) -> None:
    """Where it is; and, until there is an owner, how to become the owner."""
    print(f"Regulars is at {address}", flush=True)
    link = first_link(app, address)
    if link:
        print(f"Become its owner, once: {link}", flush=True)
