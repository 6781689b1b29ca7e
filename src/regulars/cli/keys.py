"""`regulars keys`: the keys by which sources send and programs read."""

import argparse

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.messaging.slots.signing import signing_secret
from regulars.storage.sources import create_key, revoke_key


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    keys = group(subparsers, "keys", "Keys by which sources send")
    create = command(keys, "create", "Make a key; it is shown once", _create)
    create.add_argument("--kind", choices=("write", "secret"), required=True, help="write: public, may only send")
    create.add_argument("--source", required=True, metavar="NAME", help="the source it speaks for, such as web or till")
    create.add_argument("--group", default="main", help="the id space of its user and order ids (default: main)")
    create.add_argument("--precedence", type=int, default=0, help="higher wins between sources of equal trust")
    signing = command(keys, "signing", "The secret by which a shop signs user ids for places on its site", _signing)
    signing.add_argument("--source", required=True, metavar="NAME", help="the source of the write key on the page")
    revoke = command(keys, "revoke", "Revoke a key", _revoke)
    revoke.add_argument("key")


def _create(options: argparse.Namespace) -> None:
    name = options.source.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise CliError("--source: give the source a name of 1 to 100 printable characters")
    with open_app(options).connect() as connection:
        key = create_key(connection, options.kind, name, options.group, options.precedence)
    show(options, {"key": key, "kind": options.kind, "source": name}, key)


def _signing(options: argparse.Namespace) -> None:
    secret = signing_secret(open_app(options).secret, options.source.strip())
    show(options, {"source": options.source.strip(), "secret": secret}, secret)


def _revoke(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        if not revoke_key(connection, options.key):
            raise CliError("no such key, or it is revoked already")
    show(options, {"revoked": True}, "revoked")
