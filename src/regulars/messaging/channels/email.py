"""E-mail: parcels become signed e-mails with a return path of their own, handed over on a few lasting connections."""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final

import uvloop

from regulars.messaging.channels.channel import Outcome, Parcel, State
from regulars.messaging.channels.compose import From, compose
from regulars.messaging.channels.dkim import Signer
from regulars.messaging.channels.settings import Mail, ascii_address
from regulars.messaging.channels.smtp import Handed, Line
from regulars.messaging.channels.verp import message_id, return_path
from regulars.model.secret import Secret

NAME: Final = "email"


class Post:
    """What makes e-mails of parcels: who they come from, how they are signed, where failures are told."""

    def __init__(self, mail: Mail, secret: Secret, signer: Signer | None) -> None:
        self._mail = mail
        self._secret = secret
        self._signer = signer
        self._from = From(mail.name, mail.address, mail.reply_to, mark(secret))

    @property
    def domain(self) -> str:
        """The domain that Message-IDs end in."""
        return self._from.domain

    def envelope(self, parcel: Parcel) -> str:
        """The address to which a failure of this parcel is told."""
        bounces = self._mail.bounces
        return return_path(self._secret, bounces, parcel.decision) if bounces else self._from.address

    def write(self, parcel: Parcel, recipient: str) -> bytes:
        """The e-mail's bytes."""
        return compose(parcel, recipient, self._from, self.message_id(parcel.decision), self._signer).content

    def message_id(self, decision: bytes) -> str:
        """The Message-ID of a decision's e-mail."""
        return message_id(decision, self.domain)


def mark(secret: Secret) -> str:
    """By which this installation knows its own e-mails."""
    return secret.mac("mail mark", size=8).hex()


class EmailChannel:
    """Hands e-mails to one SMTP server; `password` '' where none is needed, `tls` None for the system's trust."""

    def __init__(self, mail: Mail, post: Post, password: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._post = post
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._lines = [Line(mail, password, tls, post.domain) for _ in range(mail.connections)]

    @property
    def name(self) -> str:
        """`email`."""
        return NAME

    def deliver(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Hand these over, in as many connections as there are settings for."""
        return self._runner.run(self._all(parcels))

    def close(self) -> None:
        """Say good-bye to the server."""
        self._runner.run(self._good_bye())
        self._runner.close()

    async def _good_bye(self) -> None:
        await asyncio.gather(*(line.close() for line in self._lines))

    async def _all(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        found: dict[bytes, Outcome] = {}
        left = deque(parcels)
        lines = self._lines[: len(left)]
        await asyncio.gather(*(self._work(line, left, found) for line in lines))
        return [found.get(each.decision) or _waited(each.decision) for each in parcels]

    async def _work(self, line: Line, left: "deque[Parcel]", found: dict[bytes, Outcome]) -> None:
        while left:
            parcel = left.popleft()
            outcome = await self._one(line, parcel)
            found[parcel.decision] = outcome
            if outcome.transport:
                # The server is gone or refuses us all: nobody waits for that many timeouts.
                left.clear()

    async def _one(self, line: Line, parcel: Parcel) -> Outcome:
        try:
            recipient = ascii_address(parcel.address)
        except ValueError:
            return Outcome(parcel.decision, State.FAILED, "the address cannot be written to by SMTP")
        content = self._post.write(parcel, recipient)
        handed = await line.send(self._post.envelope(parcel), recipient, content)
        return _outcome(parcel.decision, handed, self._post.message_id(parcel.decision))


def _outcome(decision: bytes, handed: Handed, id: str) -> Outcome:
    return Outcome(decision, handed.state, handed.why, id, handed.transport, handed.doubtful)


def _waited(decision: bytes) -> Outcome:
    return Outcome(decision, State.LATER, "the server did not take the ones before it", transport=True)
