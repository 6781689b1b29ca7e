"""Webhook: messages for a system of the shop's, signed as Standard Webhooks has it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from standardwebhooks import Webhook

from regulars.messaging.channels.channel import Outcome, Parcel, State
from regulars.messaging.channels.guarded import Guarded, Refused, Unanswered
from regulars.messaging.channels.settings import Webhooks

NAME: Final = "webhook"
AT_ONCE: Final = 8
_AGAIN: Final = frozenset({408, 425, 429})


class WebhookChannel:
    """Sends each message to the one address of the settings."""

    def __init__(self, settings: Webhooks) -> None:
        self._settings = settings
        self._signing = Webhook(settings.secret)
        self._runner = asyncio.Runner()
        self._guarded: Guarded | None = None

    @property
    def name(self) -> str:
        """`webhook`."""
        return NAME

    def deliver(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Send these, some at once."""
        return self._runner.run(self._all(parcels))

    def close(self) -> None:
        """Let go of connections."""
        if self._guarded is not None:
            self._runner.run(self._guarded.close())
        self._runner.close()

    async def _all(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(parcel: Parcel) -> Outcome:
            async with turns:
                return await self._one(parcel)

        return list(await asyncio.gather(*map(one, parcels)))

    async def _one(self, parcel: Parcel) -> Outcome:
        if self._guarded is None:
            self._guarded = Guarded(self._settings.private, self._settings.timeout)
        id = webhook_id(parcel.decision)
        body = msgspec.json.encode(payload(parcel))
        # Of the moment of the call, not of the decision: receivers refuse what is older than five minutes.
        moment = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "regulars",
            "webhook-id": id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signing.sign(id, moment, body.decode()),
        }
        try:
            answer = await self._guarded.post(self._settings.url, body, headers)
        except Refused as refused:
            return Outcome(parcel.decision, State.FAILED, str(refused), id)
        except Unanswered as error:
            return Outcome(parcel.decision, State.LATER, str(error), id, transport=True, doubtful=True)
        return Outcome(parcel.decision, *_meaning(answer.status), id)


def webhook_id(decision: bytes) -> str:
    """The id of a decision's webhook: the same however often it is sent, so that the receiver can tell."""
    return f"msg_{decision.hex()}"


def payload(parcel: Parcel) -> dict[str, Any]:
    """What is sent: who (by one identifier), which message, and the message as data."""
    kind, _, value = parcel.address.partition(":")
    return {
        "type": "message",
        "timestamp": datetime.fromtimestamp(parcel.at / 1_000_000, UTC).isoformat(),
        "data": {
            "decision": parcel.decision.hex(),
            "customer": parcel.customer.hex(),
            "identifier": {"type": kind, "value": value},
            "message": parcel.message,
            "purpose": parcel.purpose,
            "subject": parcel.rendered.subject,
            "content": parcel.rendered.data,
        },
    }


def _meaning(status: int) -> tuple[State, str]:
    if 200 <= status < 300:
        return State.SENT, ""
    why = f"status {status}"
    if 300 <= status < 400:
        return State.FAILED, f"{why}: it redirects, which is not followed"
    return (State.LATER if status >= 500 or status in _AGAIN else State.FAILED), why
