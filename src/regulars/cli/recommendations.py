"""`regulars recommendations`: learn what is alike, and read the lists of one customer."""

import argparse
import os

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.whom import ACTOR, WHO, AsyncConnection, one, read
from regulars.recommendations.files import Latest
from regulars.recommendations.lists import MOST, Asked, Lists, Recommended, lists_of
from regulars.storage import audit
from regulars.storage.engine import LakeError

NICE = 10
"""Learning gives way to whatever else runs."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "recommendations", "What to buy again, and what may be liked")
    command(made, "train", "Learn from the lake what is alike and what sells; done once a day by itself", _train)
    shown = command(made, "show", "The two lists of one customer, with reasons", _show)
    shown.add_argument("who", metavar="ID|TYPE:VALUE", help=WHO)
    shown.add_argument("--store", default="", metavar="ID", help="only what lies in this store")
    shown.add_argument("-n", type=int, default=10, metavar="N", help=f"how many of each (default: 10, up to {MOST})")


def _train(options: argparse.Namespace) -> None:
    # Only this command needs it, and it is slow to load.
    from regulars.recommendations.train import train

    app = open_app(options)
    os.nice(NICE)
    try:
        done = train(app.folder.lake, app.folder.recommendations)
    except LakeError as error:
        raise CliError(str(error)) from None
    words = f"learnt from {done.purchases:,} purchases by {done.customers:,} customers of {done.products:,} products"
    show(options, done, f"{words} in {done.seconds:.1f} s")


def _show(options: argparse.Namespace) -> None:
    if not 1 <= options.n <= MOST:
        raise CliError(f"-n: must be 1 to {MOST}")
    app = open_app(options)
    model = Latest(app.folder.recommendations).model()
    asked = Asked(limit=options.n, store=options.store, as_of=app.settings.as_of)

    async def run(connection: AsyncConnection) -> Lists:
        customer = await one(connection, app, options.who)
        await audit.record(connection, ACTOR, "recommend", [customer])
        return await lists_of(connection, model, customer, asked)

    found = read(app, run)
    text = [*_part("Time to buy again", found.again), "", *_part("You might like", found.like)]
    if model is None:
        text += ["", "Nothing has been learnt yet: `regulars recommendations train` does it now."]
    show(options, found, "\n".join(text))


def _part(title: str, found: tuple[Recommended, ...]) -> list[str]:
    lines = [f"  {each.name or each.product}: {'; '.join(each.reasons)}" for each in found]
    return [title, *(lines or ["  nothing"])]
