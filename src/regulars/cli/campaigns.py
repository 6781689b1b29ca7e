"""`regulars campaigns`: one message to a segment, once."""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.cli.journeys import require_messages
from regulars.cli.whom import ACTOR
from regulars.decisioning import outbox
from regulars.decisioning.campaigns import store
from regulars.decisioning.campaigns.campaign import BadCampaign, Campaign, Variant
from regulars.decisioning.campaigns.words import reason_words, state_words
from regulars.decisioning.journeys.journey import HOUR
from regulars.storage import audit
from regulars.storage.database import Connection

Change = Callable[[Connection, str, str], Campaign]


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "campaigns", "One message to a segment, once")
    command(made, "list", "Every campaign, the newest first", _list)
    command(made, "show", "One campaign and what came of it", _show).add_argument("name", metavar="NAME")
    _put_options(command(made, "put", "Write a campaign; it goes out when you start it", _put))
    previewed = command(made, "preview", "Whom it would reach now, and why not the others", _preview)
    previewed.add_argument("name", metavar="NAME")
    started = command(made, "start", "Let it begin: now, or at a time", _start)
    started.add_argument("name", metavar="NAME")
    started.add_argument("--at", default="", metavar="TIME", help="such as 2026-05-03T09:00, of the shop's clock")
    changes: dict[str, tuple[str, Change]] = {
        "pause": ("Write to nobody more, and hold what waits to be sent", store.pause),
        "resume": ("Go on where it was paused", store.resume),
        "end": ("End it for good: what has not gone does not go", store.end),
    }
    for name, (help, change) in changes.items():
        command(made, name, help, partial(_change, change)).add_argument("name", metavar="NAME")


def _put_options(put: argparse.ArgumentParser) -> None:
    put.add_argument("name", metavar="NAME")
    put.add_argument("--title", required=True, help="what people call it")
    put.add_argument("--segment", required=True, metavar="NAME", help="whom it goes to")
    put.add_argument(
        "--message", required=True, action="append", metavar="NAME[=SHARE]",
        help="the message; several with shares in per cent are compared",
    )  # fmt: skip
    put.add_argument("--topic", default="offers", help="what customers may turn off (default: offers)")
    put.add_argument("--purpose", default="marketing", help="marketing or service (default: marketing)")
    put.add_argument("--channel", action="append", metavar="NAME", help="by which it may go (default: email)")
    put.add_argument(
        "--patience",
        type=int,
        default=48,
        metavar="HOURS",
        help="so long who may not be written to now is asked again (default: 48)",
    )
    put.add_argument("--hold-back", type=int, default=0, metavar="PERCENT", help="so many are held back to compare")


def _list(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        counts, waiting = store.counts(connection), store.waiting(connection)
        for each in store.all_campaigns(connection):
            sent = sum(n for (_, what), n in counts.get(each.name, {}).items() if what == "sent")
            row = {"name": each.name, "title": each.title, "state": each.state, "segment": each.segment, "sent": sent}
            row["waiting"] = waiting.get(each.name, 0)
            show_line(options, row, f"{state_words(each, _now()):<10}  {sent:>9,} sent  {each.name:<24}  {each.title}")


def _show(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        found = _found(connection, options.name)
        counts = store.counts(connection).get(found.name, Counter())
        going = outbox.counts(connection, store.KIND, found.name)
        waiting = store.waiting(connection).get(found.name, 0)
    said = [{"variant": variant, "what": what, "n": n} for (variant, what), n in sorted(counts.items())]
    lines = [f"{found.title}: {state_words(found, _now())}, to “{found.segment}”"]
    lines += [f"{each['n']:>9,}  {each['variant'] or ' '}  {reason_words(str(each['what']))}" for each in said]
    lines += [
        f"{waiting:>9,}     asked again later",
        *(f"{n:>9,}     in the outbox: {each}" for each, n in going.items()),
    ]
    row = {"name": found.name, "state": found.state, "counts": said, "waiting": waiting, "outbox": going}
    show(options, row, "\n".join(lines))


def _put(options: argparse.Namespace) -> None:
    made = Campaign(
        name=options.name, title=options.title, segment=options.segment, variants=_variants(options.message),
        purpose=options.purpose, topic=options.topic, channels=tuple(options.channel or ["email"]),
        patience=options.patience * HOUR, holdout=options.hold_back,
    )  # fmt: skip
    with open_app(options).connect() as connection:
        try:
            kept = store.put(connection, ACTOR, made)
        except BadCampaign as error:
            raise CliError(str(error)) from None
    show(
        options, _shown(kept), f"{kept.name} is a draft: `regulars campaigns preview {kept.name}` says whom it reaches"
    )


def _variants(said: list[str]) -> tuple[Variant, ...]:
    found = []
    for each in said:
        name, given, share = each.partition("=")
        if given and not (share.isdecimal() and len(share) < 4):
            raise CliError(f"--message: {each}: the share must be a number of per cent")
        found.append(Variant(name, int(share) if given else 100 // len(said)))
    return tuple(found)


def _preview(options: argparse.Namespace) -> None:
    from regulars.acting import make_deciding
    from regulars.decisioning.campaigns.preview import preview

    app = open_app(options)
    with app.connect() as connection:
        campaign = _found(connection, options.name)
        found = preview(connection, make_deciding(app), campaign, _now(), 600.0)
        audit.note(connection, ACTOR, "preview campaign", campaign.name)
    lines = [f"{found.sent:,} of {found.looked:,} would get it now"]
    lines += [f"{n:>9,}  {reason_words(what)}" for what, n in found.reasons()]
    row = {"members": found.members, "looked": found.looked, "sent": found.sent, "reasons": dict(found.reasons())}
    show(options, row, "\n".join(lines))


def _start(options: argparse.Namespace) -> None:
    app = open_app(options)
    starts = 0
    if options.at:
        try:
            local = datetime.fromisoformat(options.at)
        except ValueError:
            raise CliError(f"--at: {options.at}: write a time such as 2026-05-03T09:00") from None
        zoned = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(app.settings.timezone))
        starts = int(zoned.timestamp() * 1_000_000)

    def begin(connection: Connection, actor: str, name: str) -> Campaign:
        require_messages(connection, [each.message for each in _found(connection, name).variants])
        return store.begin(connection, actor, name, starts)

    _change(begin, options)


def _change(change: Change, options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        try:
            made = change(connection, ACTOR, options.name)
        except BadCampaign as error:
            raise CliError(f"{options.name}: {error}") from None
    show(options, _shown(made), f"{made.name} is {state_words(made, _now()).lower()}")


def _found(connection: Connection, name: str) -> Campaign:
    found = store.find(connection, name)
    if found is None:
        raise CliError(f"there is no campaign {name}: `regulars campaigns list` names them")
    return found


def _shown(campaign: Campaign) -> dict[str, object]:
    return {"name": campaign.name, "state": campaign.state, "starts": campaign.starts}


def _now() -> int:
    return time.time_ns() // 1000
