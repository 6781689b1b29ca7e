"""`regulars serve web|pipeline`: one role of an installation, as a process of its own."""

import argparse
import signal
import sys
from types import FrameType

from regulars.cli.command import Subparsers, command, group, open_app, port_of
from regulars.cli.leader import run_pipeline
from regulars.cli.logs import set_up


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    serve = group(subparsers, "serve", "One role as a process of its own")
    web = command(serve, "web", "The tracking API and the JSON API", _web)
    web.add_argument("--port", type=int, help="the port to listen on (default: the settings', else 8765)")
    command(serve, "pipeline", "What turns the log into customers; one leads, others stand by", _pipeline)


def _web(options: argparse.Namespace) -> None:
    # Only this command needs them, and they are slow to load.
    import uvicorn

    from regulars.web.server import create_server

    app = open_app(options)
    port = port_of(options, app)
    server = create_server(app.conninfo, app.secret, app.settings.policy, app.settings.rules, app.settings.ip)
    set_up("web")
    uvicorn.run(
        server, host=app.settings.host, port=port, log_config=None, log_level="warning", access_log=False,
        server_header=False,
    )  # fmt: skip


def _pipeline(options: argparse.Namespace) -> None:
    app = open_app(options)
    signal.signal(signal.SIGTERM, _leave)
    # Where nothing runs at all that is an error; once it runs the database may come and go.
    _ = app.conninfo
    run_pipeline(app, set_up("pipeline"))


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
