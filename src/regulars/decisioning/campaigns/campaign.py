"""A campaign: which message goes to which segment, when; and what is said about it wrongly."""

import hashlib
from typing import Final

import msgspec

from regulars.decisioning.deciding import RATE, WORTH
from regulars.decisioning.journeys.journey import DAY, NAME, PURPOSES
from regulars.model.contact import DELIVERED
from regulars.model.decision import Action, Occasion, occasion_id
from regulars.model.secret import Secret

DRAFT, RUNNING, PAUSED, DONE, ENDED = "draft", "running", "paused", "done", "ended"
STATES: Final = (DRAFT, RUNNING, PAUSED, DONE, ENDED)
PATIENCE: Final = 2 * DAY
LONGEST: Final = 30 * DAY
LETTERS: Final = "abcd"


class BadCampaign(ValueError):
    """A campaign that cannot be taken: `field` says where, the message what to write instead."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


class Variant(msgspec.Struct, frozen=True):
    """One message of a campaign, and its share of recipients in per cent."""

    message: str
    share: int = 100


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign; times in microseconds since 1970 UTC.

    It begins at `starts` once it is `running`. Who may not be written to now (contacted enough, night) is asked again
    for `patience`. `holdout` is the share held back to compare, in per cent. `place` is the last member that was asked.
    """

    name: str
    title: str
    segment: str
    variants: tuple[Variant, ...]
    purpose: str = "marketing"
    topic: str = "offers"
    channels: tuple[str, ...] = ("email",)
    starts: int = 0
    patience: int = PATIENCE
    holdout: int = 0
    state: str = DRAFT
    place: bytes = b""
    at: int = 0
    actor: str = ""
    changed: int = 0

    def actions(self) -> tuple[Action, ...]:
        """What it may do: an action for each variant."""
        return tuple(
            Action(
                name=self._action(letter), title=self.title, purpose=self.purpose, topic=self.topic,
                message=each.message, channels=self.channels, worth=WORTH, base_rate=RATE, holdout=self.holdout / 100,
            )
            for letter, each in zip(LETTERS, self.variants, strict=False)
        )  # fmt: skip

    def variant_of(self, customer: bytes, secret: Secret) -> str:
        """Which variant she gets, `a` or `b`; always the same. '' where there is but one."""
        if len(self.variants) < 2:
            return ""
        lot = int.from_bytes(secret.mac_bytes("variant", self.name.encode() + b"\0" + customer)[:8], "big") / 2**64
        below = 0.0
        for letter, each in zip(LETTERS, self.variants, strict=False):
            below += each.share / 100
            if lot < below:
                return letter
        return LETTERS[len(self.variants) - 1]

    def occasion(self, customer: bytes, tries: int, secret: Secret) -> Occasion:
        """Why it is decided for a customer: the same occasion however often it is come to."""
        variant = self.variant_of(customer, secret)
        again = f"/{tries}" if tries else ""
        key = f"campaign/{self.name}/{customer.hex()}{again}"
        return Occasion(
            id=occasion_id(secret, key), key=key, kind="campaign", name=self.name, variant=variant,
            actions=(self._action(variant or LETTERS[0]),), channels=self.channels,
        )  # fmt: skip

    def _action(self, letter: str) -> str:
        return self.name if len(self.variants) < 2 else f"{self.name}-{letter}"


def require(campaign: Campaign) -> None:
    """Raises BadCampaign where something in it cannot be."""
    if not NAME.fullmatch(campaign.name):
        raise BadCampaign("name", "must be up to 60 small letters, digits and -, such as spring-coats")
    if not campaign.title.strip() or len(campaign.title) > 100 or not campaign.title.isprintable():
        raise BadCampaign("title", "must be one line of 1 to 100 characters")
    if not NAME.fullmatch(campaign.segment):
        raise BadCampaign("segment", "must name a segment")
    if not 1 <= len(campaign.variants) <= len(LETTERS):
        raise BadCampaign("message", f"must be one, or up to {len(LETTERS)} to compare")
    for each in campaign.variants:
        if not NAME.fullmatch(each.message):
            raise BadCampaign("message", "must name a message")
    if sum(each.share for each in campaign.variants) != 100 or any(each.share < 1 for each in campaign.variants):
        raise BadCampaign("share", "of all variants together must be 100 per cent, of each at least 1")
    if campaign.purpose not in PURPOSES:
        raise BadCampaign("purpose", f"must be one of {', '.join(PURPOSES)}")
    if not NAME.fullmatch(campaign.topic):
        raise BadCampaign("topic", "must name a topic, such as offers")
    if not campaign.channels or not set(campaign.channels) <= set(DELIVERED):
        raise BadCampaign("channels", f"must be some of {', '.join(DELIVERED)}")
    if not 0 <= campaign.patience <= LONGEST:
        raise BadCampaign("patience", "must be at most 30 days")
    if not 0 <= campaign.holdout <= 50:
        raise BadCampaign("holdout", "must be 0 to 50 per cent")


def name_of(title: str) -> str:
    """A name made of a title, '' where it has no letter; with a hash where the title says more than a name can hold."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in title.lower())
    short = "-".join(part for part in plain.split("-") if part)[:50].strip("-")
    return short or (f"campaign-{hashlib.sha256(title.encode()).hexdigest()[:8]}" if title.strip() else "")
