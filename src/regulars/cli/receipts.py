"""`regulars receipts`: the link by which a customer ties a nameless sale to herself."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    receipts = group(subparsers, "receipts", "Receipts that customers claim")
    link = command(receipts, "link", "The link by which one receipt is claimed, and its QR code", _link)
    link.add_argument("--store", default="", metavar="ID", help="the sale's store_id")
    link.add_argument("--till", default="", metavar="ID", help="the sale's till_id")
    link.add_argument("--receipt", default="", metavar="ID", help="the sale's receipt_id")
    link.add_argument("--order", default="", metavar="ID", help="the sale's order_id, where it has one")
    link.add_argument("--time", default="", metavar="TIME", help="when it was, such as 2026-11-22T10:00:00Z; else now")
    link.add_argument("--group", default="main", help="the group of the till's source (default: main)")
    link.add_argument("--qr", metavar="FILE", help="write the code there: FILE.svg or FILE.png")


def _link(options: argparse.Namespace) -> None:
    # Slow to load, and no other command needs them.
    from regulars.clienteling.link import claim_link
    from regulars.clienteling.receipt import BadReceipt

    app = open_app(options)
    said = {
        "store_id": options.store, "till_id": options.till, "receipt_id": options.receipt, "order_id": options.order,
    }  # fmt: skip
    base = app.settings.address or f"http://{app.settings.host}:{app.settings.port}"
    now = time.time_ns() // 1000
    at = _micros(options.time) if options.time else now
    try:
        found = claim_link(app.secret, base, options.group, said, at, now, app.settings.claims.days)
    except BadReceipt as error:
        raise CliError(str(error)) from None
    if options.qr:
        _write(Path(options.qr), found.link)
    until = datetime.fromtimestamp(found.until / 1_000_000, UTC).isoformat(timespec="seconds")
    show(options, {"link": found.link, "until": until}, f"{found.link}\nuntil {until}")


def _write(file: Path, link: str) -> None:
    from regulars.clienteling.qr import png, svg

    if file.suffix not in (".svg", ".png"):
        raise CliError("--qr: name a file that ends in .svg or .png")
    try:
        file.write_bytes(png(link) if file.suffix == ".png" else svg(link).encode())
    except OSError as error:
        raise CliError(f"--qr: {error}") from None


def _micros(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CliError(f"--time: {text!r} is no time such as 2026-11-22T10:00:00Z") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000_000)
