"""A journey as it is written: what it begins with, its steps, and what ends it."""

import re
from typing import Final

import msgspec

MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
PURPOSES: Final = ("marketing", "service")
SUBJECTS: Final = ("", "product", "order")
DUE_AGAIN: Final = "due_again"
START: Final = "start"
LEAVE, SKIP, GO_ON = "leave", "skip", "go on"

Where = tuple[tuple[str, tuple[str, ...]], ...]
"""Each property named must be one of these words."""


class BadJourney(ValueError):
    """A journey that cannot be taken: `path` says where, the message what to write instead."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}")
        self.path = path
        self.message = message


class Begin(msgspec.Struct, frozen=True):
    """An event with which she comes in.

    With `back` it is about a product (it lies somewhere again), and who comes in is everybody who looked at it,
    saved it or wished for it within so many days and did not buy it.
    """

    event: str
    where: Where = ()
    back: int = 0


class Did(msgspec.Struct, frozen=True, tag="did"):
    """Whether an event happened so often within `within` microseconds, 0 for since she came in.

    With `same` it must be about what her coming in was about; `before`, it must have been before she came in.
    """

    event: str
    at_least: int = 1
    within: int = 0
    same: bool = False
    before: bool = False
    negated: bool = False


class Cart(msgspec.Struct, frozen=True, tag="cart"):
    """Whether something lies in her cart."""

    filled: bool = True


class InSegment(msgspec.Struct, frozen=True, tag="segment"):
    """Whether she is in a segment."""

    segment: str
    negated: bool = False


class Known(msgspec.Struct, frozen=True, tag="known"):
    """Whether there is an `article` about what she bought or looked at, or whether it is in `stock`."""

    what: str


Check = Did | Cart | InSegment | Known


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    """Waits so many microseconds; or, `until` she is due again, at least and at most so long."""

    time: int = 0
    until: str = ""
    least: int = 0
    most: int = 0


class Condition(msgspec.Struct, frozen=True, tag="condition"):
    """Goes on where all of this holds; otherwise she leaves, or the next step is passed over."""

    checks: tuple[Check, ...]
    otherwise: str = LEAVE


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Has it decided whether a message goes, which of these, and where.

    For `patience` microseconds it is asked again where she was contacted enough or it is night.
    """

    messages: tuple[str, ...]
    channels: tuple[str, ...] = ()
    patience: int = 2 * DAY
    otherwise: str = GO_ON


Step = Wait | Condition | Ask


class Journey(msgspec.Struct, frozen=True):
    """One journey; times are in microseconds.

    `subject` says what one entry is about: a product or an order, '' for nothing in particular; of each she can be in
    at one time only. She comes in again no sooner than `again_after`. What happened longer than `fresh` ago begins
    nothing. `leaves_on` are events that end it at once.
    """

    title: str
    about: str
    purpose: str
    topic: str
    begins: tuple[Begin, ...]
    steps: tuple[Step, ...]
    leaves_on: tuple[str, ...] = ()
    subject: str = ""
    again_after: int = 0
    fresh: int = DAY
    restart: bool = False

    def events(self) -> frozenset[str]:
        """The names of the events that it has to know of."""
        names = {each.event for each in self.begins} | set(self.leaves_on)
        for check in self.checks():
            if isinstance(check, Did):
                names.add(check.event)
            elif isinstance(check, Cart):
                names |= CART
            elif isinstance(check, InSegment):
                names |= SEGMENT
        return frozenset(names)

    def checks(self) -> tuple[Check, ...]:
        """The checks of all its conditions."""
        return tuple(check for step in self.steps if isinstance(step, Condition) for check in step.checks)

    def messages(self) -> tuple[str, ...]:
        """The messages that it may send, in the order of its steps."""
        return tuple(dict.fromkeys(name for step in self.steps if isinstance(step, Ask) for name in step.messages))

    def looks_back(self) -> int:
        """How far before her coming in its conditions look, in microseconds."""
        back = [0]
        for check in self.checks():
            if isinstance(check, Did):
                back.append(check.within or (LONG if check.before else 0))
            else:
                back.append(LONG if isinstance(check, InSegment) else 30 * DAY)
        return max(back)


LONG: Final = 400 * DAY
CART: Final = frozenset(
    ("Product Added", "Wishlist Product Added to Cart", "Product Removed", "Cart Viewed", "Cart Cleared",
     "Cart cleared", "Order Completed")
)  # fmt: skip
"""The events that say what lies in a cart."""
SEGMENT: Final = frozenset(("Segment Joined", "Segment Left"))
