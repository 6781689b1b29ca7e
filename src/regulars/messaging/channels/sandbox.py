"""The test mailbox as a channel: what would have been delivered lies there to be looked at, and nothing leaves."""

from collections.abc import Callable, Sequence

import msgspec

from regulars.messaging.channels import email, webhook
from regulars.messaging.channels.channel import Outcome, Parcel, State
from regulars.messaging.channels.email import Post
from regulars.messaging.channels.settings import ascii_address
from regulars.messaging.delivery import mailbox
from regulars.messaging.delivery.mailbox import NewMail
from regulars.storage.database import Connection


class Sandbox:
    """Takes parcels of one channel until the settings name a real way for them."""

    def __init__(self, name: str, post: Post, connect: Callable[[], Connection]) -> None:
        self._name = name
        self._post = post
        self._connect = connect

    @property
    def name(self) -> str:
        """The name of the channel that it stands for."""
        return self._name

    def deliver(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Put these into the mailbox; once each, however often they come."""
        outcomes, mails = [], []
        for parcel in parcels:
            try:
                made = self._mail(parcel)
            except ValueError:
                outcomes.append(Outcome(parcel.decision, State.FAILED, "the address cannot be written to by SMTP"))
                continue
            mails.append(made)
            outcomes.append(Outcome(parcel.decision, State.SENT, "", made.message_id))
        with self._connect() as connection:
            mailbox.put(connection, mails)
        return outcomes

    def close(self) -> None:
        """There is nothing to let go of."""

    def _mail(self, parcel: Parcel) -> NewMail:
        if self._name == email.NAME:
            body = self._post.write(parcel, ascii_address(parcel.address))
            id = self._post.message_id(parcel.decision)
        else:
            body = msgspec.json.format(msgspec.json.encode(webhook.payload(parcel)))
            id = webhook.webhook_id(parcel.decision)
        return NewMail(
            parcel.at, parcel.decision, parcel.customer, parcel.channel, parcel.address, parcel.rendered.subject, id,
            body,
        )  # fmt: skip
