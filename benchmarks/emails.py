"""How fast e-mails are rendered, signed and handed over, from the outbox to a mail server, by one process on one core.

`emails_per_s`: the sender itself, a batch after the other: claimed, permission asked again, filled with what lies in
each customer's cart, rendered (Liquid, MJML), signed (DKIM, RSA of 2,048 bits), handed over by SMTP to a server in
another process, marked, and said in the log. `cpu_ms_per_email` is what that costs this process. `made_per_s` is
rendering, composing and signing alone. `ratio` is to handing over ready bytes by the same connections in the same run.
"""

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event

from _bench import installation, result
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from regulars.app import App
from regulars.collection.receive import receive
from regulars.decisioning import outbox
from regulars.decisioning.outbox import Waiting
from regulars.messaging.channels.channel import Parcel
from regulars.messaging.channels.dkim import Signer, new_key
from regulars.messaging.channels.email import EmailChannel, Post
from regulars.messaging.channels.settings import Mail
from regulars.messaging.channels.smtp import Line
from regulars.messaging.letters import Writer
from regulars.messaging.sender import AT_ONCE, Channels, Sender
from regulars.model.source import Source, Trust
from regulars.pipeline import Pipeline
from regulars.sending import filling
from regulars.storage import log, sources
from regulars.storage.database import Connection
from regulars.storage.queries import start_cursor

CUSTOMERS = 3_000
PRODUCTS = 500
CONNECTIONS = 4
PORT = 18_725
SHOP = Source("shop", Trust.SERVER)
BASE = "https://regulars.shop.example"


class Counter:
    """Takes every e-mail and forgets it."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "250 OK"


def serve(ended: Event) -> None:
    controller = Controller(Counter(), hostname="127.0.0.1", port=PORT)
    controller.start()
    ended.wait()
    controller.stop()


@contextmanager
def server() -> Iterator[str]:
    """A mail server in a process of its own, on whichever core we are not on."""
    ended = multiprocessing.Event()
    process = multiprocessing.Process(target=serve, args=(ended,), daemon=True)
    process.start()
    time.sleep(2)
    try:
        yield f"127.0.0.1:{PORT}"
    finally:
        ended.set()
        process.join(10)


def fill(app: App) -> list[bytes]:
    """Customers who agreed to e-mail and left two things in their cart; their ids."""
    with app.connect() as connection:
        sources.register(connection, SHOP)
        context = app.context()
        start_cursor(connection, context.rules_name)
        pipeline = Pipeline(connection, context)
        for start in range(0, CUSTOMERS, 400):
            items = [each for n in range(start, min(start + 400, CUSTOMERS)) for each in person(n)]
            body = json.dumps({"batch": items}).encode()
            log.append(connection, [[receive(SHOP, "batch", body, "", time.time_ns() // 1000)]])
        while pipeline.step():
            pass
        rows = connection.execute("SELECT customer FROM identifiers WHERE type = 'email' ORDER BY key").fetchall()
        return [bytes(row[0]) for row in rows]


def person(n: int) -> list[dict[str, object]]:
    email, who = f"c{n}@mail.example", {"userId": f"u-{n}"}
    cart = [
        {"product_id": f"p-{(n * 7 + k) % PRODUCTS}", "name": f"A fine thing no. {k}", "price": 12.5, "currency": "EUR",
         "brand": "Lund", "url": f"https://www.shop.example/p/{k}", "image_url": f"https://www.shop.example/p/{k}.jpg"}
        for k in range(2)
    ]  # fmt: skip
    said = {"purpose": "marketing", "channel": "email", "address": email}
    return [
        {"type": "identify", "messageId": f"i-{n}", **who, "traits": {"email": email, "firstName": "Ada"}},
        {"type": "track", "messageId": f"c-{n}", "event": "Consent Given", **who, "properties": said},
        *(
            {"type": "track", "messageId": f"a-{n}-{k}", "event": "Product Added", **who, "properties": product}
            for k, product in enumerate(cart)
        ),
    ]


def put(connection: Connection, customers: Sequence[bytes]) -> None:
    outbox.put(
        connection,
        [
            Waiting(
                decision=n.to_bytes(16, "big"), customer=customer, channel="email", address="email:x", action="x",
                message="abandoned-cart", purpose="marketing", topic="reminders", context={}, not_before=1,
                at=time.time_ns() // 1000,
            )
            for n, customer in enumerate(customers)
        ],
    )  # fmt: skip


def handed_over(mail: Mail, mails: Sequence[tuple[str, str, bytes]]) -> float:
    """The seconds to hand over ready bytes."""
    lines = [Line(mail, "", None, "shop.example") for _ in range(CONNECTIONS)]

    async def work(line: Line, queue: Iterator[tuple[str, str, bytes]]) -> None:
        for sender, recipient, content in queue:
            handed = await line.send(sender, recipient, content)
            assert handed.state == "sent", handed
        await line.close()

    async def all_of_them() -> float:
        queue = iter(mails)
        started = time.perf_counter()
        await asyncio.gather(*(work(line, queue) for line in lines))
        return time.perf_counter() - started

    return asyncio.run(all_of_them())


def sent(sender: Sender) -> tuple[float, float]:
    """Seconds, and seconds of this process's CPU, to empty the outbox."""
    started, cpu = time.perf_counter(), time.process_time()
    while sender.turn() == 0.0:
        pass
    return time.perf_counter() - started, time.process_time() - cpu


def made(writer: Writer, post: Post, app: App) -> tuple[float, list[Parcel]]:
    """Seconds to fill, render, compose and sign, and the parcels."""
    started, parcels = time.perf_counter(), []
    with app.connect() as connection:
        while rows := outbox.claim(connection, ["email"], AT_ONCE, time.time_ns() // 1000):
            for each in writer.write(connection, rows, time.time_ns() // 1000):
                post.write(each.parcel, each.parcel.address)
                parcels.append(each.parcel)
        took = time.perf_counter() - started
        outbox.take_back(connection, ["email"], time.time_ns(), time.time_ns() // 1000)
    return took, parcels


def main() -> None:
    with server() as place, installation() as app:
        os.sched_setaffinity(0, {0})
        customers = fill(app)
        mail = Mail.from_settings(
            {"smtp": place, "tls": "none", "sender": "Shop <news@shop.example>", "bounces": "bounce@shop.example",
             "connections": CONNECTIONS}
        )  # fmt: skip
        post = Post(mail, app.secret, Signer("shop.example", "r1", new_key()))
        writer = Writer(filling(app), app.settings.rules, "UTC", BASE)
        with app.connect() as connection:
            put(connection, customers)
        took, parcels = made(writer, post, app)
        assert len(parcels) == len(customers), "some were not made"
        alone = handed_over(
            mail, [(post.envelope(each), each.address, post.write(each, each.address)) for each in parcels]
        )
        channel = EmailChannel(mail, post)
        sender = Sender(app.connect, Channels({"email": channel}, {"email": channel}), writer)
        seconds, cpu = sent(sender)
        sender.close()
        with app.connect() as connection:
            row = connection.execute("SELECT count(*) FROM outbox WHERE state = 'sent'").fetchone()
            assert row == (len(customers),), row
        size = sum(len(post.write(each, each.address)) for each in parcels[:100]) / 100
        result(
            emails_per_s=len(parcels) / seconds, cpu_ms_per_email=cpu / len(parcels) * 1000,
            made_per_s=len(parcels) / took, handed_over_per_s=len(parcels) / alone, ratio=alone / seconds,
            bytes_per_email=size,
        )  # fmt: skip


if __name__ == "__main__":
    main()
