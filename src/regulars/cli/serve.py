"""`regulars serve web|pipeline|insights|messages`: one role of an installation, as a process of its own."""

import argparse
import gc
import signal
import sys
from functools import partial
from types import FrameType

from regulars.app import EXPORT
from regulars.cli.command import Subparsers, command, group, open_app, port_of
from regulars.cli.forget import forgotten
from regulars.cli.leader import run_pipeline
from regulars.cli.logs import set_up
from regulars.cli.retaining import keep_daily
from regulars.model.retention import CLASSES

STREAMS_SECONDS = 3
"""When it is to end, pages that grow by themselves are cut off after this; whatever else is asked takes less."""

YOUNG = 10_000
"""Objects made until Python looks for unused ones among the new."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    serve = group(subparsers, "serve", "One role as a process of its own")
    web = command(serve, "web", "The pages, the tracking API and the JSON API", _web)
    web.add_argument("--port", type=int, help="the port to listen on (default: the settings', else 8765)")
    command(serve, "pipeline", "What turns the log into customers; one leads, others stand by", _pipeline)
    command(serve, "insights", "What keeps the lake current; one keeps it, others stand by", _insights)
    command(serve, "messages", "What acts: journeys, campaigns, the outbox; one acts, others stand by", _messages)


def _web(options: argparse.Namespace) -> None:
    # Only this command needs them, and they are slow to load.
    import uvicorn

    from regulars.acting import make_deciding
    from regulars.recommendations.files import Latest
    from regulars.web.composed import Acting, Composed, Segmenting
    from regulars.web.server import create_server
    from regulars.web.site import SiteOptions

    app = open_app(options)
    port = port_of(options, app)
    said = app.settings
    limited = tuple(kind for kind in CLASSES if getattr(said.retention, kind) is not None)
    site = SiteOptions(said.address, said.locale, said.timezone, said.currency, limited, said.claims.days, said.shop)
    latest = Latest(app.folder.recommendations)
    acting = Acting(make_deciding(app), app.folder.lake, said.as_of, latest)
    composed = Composed(
        app.context().rules_name, EXPORT, partial(forgotten, app, scrubbing=False), latest,
        Segmenting(app.folder.lake, said.as_of), said.contact, said.consent, acting=acting, mail=said.mail,
        webhooks=said.webhooks,
    )  # fmt: skip
    server = create_server(app.conninfo, app.secret, said.policy, said.rules, said.ip, site, composed)
    set_up("web")
    # What stands from the start is never looked through again: that alone kept a page waiting for 100 ms now and then.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
    uvicorn.run(
        server, host=app.settings.host, port=port, log_config=None, log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=STREAMS_SECONDS,
    )  # fmt: skip


def _pipeline(options: argparse.Namespace) -> None:
    app = open_app(options)
    signal.signal(signal.SIGTERM, _leave)
    # Where nothing runs at all that is an error; once it runs the database may come and go.
    _ = app.conninfo
    say = set_up("pipeline")
    keep_daily(app, say)
    run_pipeline(app, say)


def _insights(options: argparse.Namespace) -> None:
    # Only this command needs it, and DuckDB is slow to load.
    from regulars.cli.insight_keeping import keep_insight
    from regulars.cli.insights import run_insights
    from regulars.cli.learning import keep_learning
    from regulars.cli.measuring import keep_measuring
    from regulars.cli.segmenting import keep_segments

    app = open_app(options)
    signal.signal(signal.SIGTERM, _leave)
    _ = app.conninfo
    say = set_up("insights")
    keep_learning(app, say)
    keep_insight(app, say)
    keep_segments(app, say)
    keep_measuring(app, say)
    run_insights(app, say)


def _messages(options: argparse.Namespace) -> None:
    # Only this command needs it, and it is slow to load.
    from regulars.cli.messages import run_messages

    app = open_app(options)
    signal.signal(signal.SIGTERM, _leave)
    _ = app.conninfo
    run_messages(app, set_up("messages"))


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
