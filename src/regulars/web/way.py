"""An event's way through the pipeline's named steps: how long its batch took in each, and where it stopped."""

from typing import NamedTuple

from regulars.model.rejection import Reason
from regulars.storage.totals import Totals

WORDS = {
    "decode": ("Read", "the call is taken apart, card numbers are gone already"),
    "identify": ("Find the ids", "what points at a person, and which of it belongs together"),
    "interpret": ("Understand", "what it says of products, orders, consent"),
    "pack": ("Pack", "each event as the tables keep it"),
    "deduplicate": ("Once only", "what was sent twice is taken once"),
    "recall": ("Recall", "what is known already of the ids that came"),
    "store": ("Keep", "the event is written down"),
    "witness": ("Evidence", "who came together with whom"),
    "resolve": ("Recognise", "whose each id is"),
    "fold": ("Profile", "what it adds to the person"),
    "reject": ("Set aside", "what could not be read, with its reason"),
    "tally": ("Count", "what an import brought"),
    "erase": ("Delete", "deletions and take-backs, when there are any"),
    "advance": ("Done", "the place in the log moves on"),
}
"""What each step is called on pages, and what it does; a step that is not here is called by its own name."""

STOPS = {
    Reason.ID_TOO_LONG: "identify", Reason.TOO_MANY_IDENTIFIERS: "identify", Reason.NOT_ALLOWED_FOR_CLIENT: "interpret",
    Reason.BAD_AMOUNT: "interpret", Reason.CONFLICTING_DUPLICATE: "deduplicate",
}  # fmt: skip
"""The step at which what is rejected for a reason stops; for all others it is the first."""

REASONS = {
    Reason.MALFORMED: "It is no proper JSON, or holds what cannot be stored",
    Reason.TOO_LARGE: "Too large",
    Reason.TOO_DEEP: "Nested too deep",
    Reason.WRONG_TYPE: "A field of a wrong type",
    Reason.UNKNOWN_TYPE: "A call that is not known",
    Reason.MISSING_FIELD: "A field is missing",
    Reason.NOT_A_NUMBER: "Not a number",
    Reason.BAD_CHARACTER: "A character that cannot be kept",
    Reason.ID_TOO_LONG: "An id is too long",
    Reason.TOO_MANY_IDENTIFIERS: "Too many ids on one event",
    Reason.TIME_OUT_OF_RANGE: "A time before the year 2000",
    Reason.BAD_TIME: "Not a time",
    Reason.NOT_ALLOWED_FOR_CLIENT: "A public key may not say this",
    Reason.CONFLICTING_DUPLICATE: "The same message id with other content",
    Reason.BAD_AMOUNT: "Not an amount of money",
}
"""Why something could not be read, as people say it."""


class Step(NamedTuple):
    """One step: its name, its words and what it does, and the milliseconds that its batches took (None: not known)."""

    name: str
    label: str
    about: str
    ms: float | None
    share: float = 0.0


def between(before: Totals | None, now: Totals) -> tuple[Step, ...]:
    """The steps of the batches since an earlier look, or, without one, of the mean of all batches so far."""
    seconds = dict(now.seconds)
    batches = 1
    if before is None:
        batches = max(1, now.batches)
    else:
        seconds = {name: each - before.seconds.get(name, 0.0) for name, each in seconds.items()}
    whole = sum(seconds.values()) or 1.0
    return tuple(
        Step(name, *words(name), ms=max(0.0, each) * 1_000 / batches, share=max(0.0, each) / whole)
        for name, each in seconds.items()
    )


def untimed(now: Totals) -> tuple[Step, ...]:
    """The steps without times, for what went through before anybody looked."""
    return tuple(Step(name, *words(name), ms=None) for name in now.seconds)


def words(name: str) -> tuple[str, str]:
    """What a step is called, and what it does."""
    return WORDS.get(name, (name.capitalize(), ""))


def reason_words(reason: str) -> str:
    """Why something could not be read; a reason of another version by its own name."""
    try:
        return REASONS[Reason(reason)]
    except ValueError:
        return reason.replace("_", " ")


def stop_of(reason: str) -> str:
    """The name of the step at which an item rejected for this reason stops."""
    try:
        return STOPS.get(Reason(reason), "decode")
    except ValueError:
        return "decode"
