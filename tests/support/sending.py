"""A shop with two customers and a message, and what it takes to send."""

from support.installation import SECRET, SHOP, Installation, identify, track
from support.post import mail_to, signer

from regulars.decisioning import outbox
from regulars.decisioning.outbox import Waiting
from regulars.identity.rules import RULES
from regulars.messaging import store
from regulars.messaging.channels.channel import Channel
from regulars.messaging.channels.email import EmailChannel, Post
from regulars.messaging.channels.sandbox import Sandbox
from regulars.messaging.channels.settings import Mail
from regulars.messaging.data import By
from regulars.messaging.letters import Writer
from regulars.messaging.message import Block, CallToAction, Message
from regulars.messaging.sender import Channels, Sender
from regulars.storage import database

BASE = "https://regulars.shop.example"
NOTE = Message(
    "note", "A note", ("Hello {{ customer.first_name }}", "Hello"), ("There is news.",), topic="news",
    channels=("email",), action=CallToAction("Look", "https://www.shop.example/new"), block=Block(),
)  # fmt: skip


class Shop:
    """An installation with Ada and Bea, who agreed to e-mail, and Sim, who is example data."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.connection = installation.connection
        for name, origin in (("ada", {}), ("bea", {}), ("sim", {"origin": "simulated"})):
            email = f"{name}@mail.example"
            installation.send(SHOP, {**identify(name, email=email, firstName=name.capitalize()), **origin})
            said = track("Consent Given", name, purpose="marketing", channel="email", address=email)
            installation.send(SHOP, {**said, **origin})
        store.put_message(self.connection, "user:1", NOTE)

    def holder(self, name: str) -> bytes:
        found = self.installation.holder("email", f"{name}@mail.example")
        assert found is not None
        return found

    def put(self, n: int, name: str = "ada", at: int = 1, **more: object) -> bytes:
        """A row in the outbox; its decision."""
        decision = n.to_bytes(16, "big")
        fields = {
            "decision": decision, "customer": self.holder(name), "channel": "email", "message": "note",
            "address": f"email:{name}@mail.example", "purpose": "marketing", "topic": "news", "action": "note",
            "context": {}, "not_before": at, "at": at, **more,
        }  # fmt: skip
        outbox.put(self.connection, [Waiting(**fields)])  # type: ignore[arg-type]
        return decision

    def connect(self) -> database.Connection:
        return database.connect(self.installation.conninfo, autocommit=True)

    def sender(self, place: str = "", **more: object) -> Sender:
        """A sender to a server, or into the test mailbox."""
        mail = mail_to(place, **more) if place else Mail()
        post = Post(mail, SECRET, signer())
        sandbox: dict[str, Channel] = {name: Sandbox(name, post, self.connect) for name in ("email", "webhook")}
        real: dict[str, Channel] = {**sandbox, **({"email": EmailChannel(mail, post)} if place else {})}
        by = By(SECRET, BASE, "Shop", "https://www.shop.example")
        return Sender(self.connect, Channels(real, sandbox), Writer(by, RULES, "UTC", BASE))

    def row(self, decision: bytes) -> outbox.OutboxRow:
        found = outbox.find(self.connection, decision)
        assert found is not None
        return found

    def events(self, name: str) -> list[bytes]:
        """Whose events of this name are, once all is taken in."""
        self.installation.step()
        query = "SELECT b.customer FROM events e JOIN bundles b ON b.key = e.bundle WHERE e.name = %s ORDER BY e.id"
        return [bytes(row[0]) for row in self.connection.execute(query, (name,))]
