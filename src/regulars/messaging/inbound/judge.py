"""What an e-mail that came in is, and which message of ours it speaks of; told from its bytes and our secret alone."""

from enum import StrEnum

import msgspec

from regulars.messaging.channels.email import mark
from regulars.messaging.channels.verp import decision_of_id, decision_of_path
from regulars.messaging.inbound.automatic import by_machine
from regulars.messaging.inbound.letter import Letter
from regulars.messaging.inbound.reports import (
    Failure,
    failure_of,
    is_complaint,
    is_feedback,
    is_report,
    reported_paths,
)
from regulars.model.secret import Secret


class Came(StrEnum):
    """What came in."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    REPLIED = "replied"
    AUTOMATIC = "automatic"
    """A machine wrote it: nothing follows."""
    UNKNOWN = "unknown"
    """It speaks of a message that is none of ours."""
    UNREADABLE = "unreadable"
    """It cannot be taken apart."""


class Judged(msgspec.Struct, frozen=True):
    """What it is; the decisions that it may speak of, surest first; `why` in words that quote nothing of it."""

    came: Came
    decisions: tuple[bytes, ...] = ()
    failure: Failure | None = None
    why: str = ""


def judge(letter: Letter, secret: Secret, own: frozenset[str]) -> Judged:
    """What a letter is; `own` are the addresses that we write from, in small letters."""
    signed = _signed(letter, secret)
    if is_feedback(letter):
        named = _both(signed, letter)
        if is_complaint(letter):
            return Judged(Came.COMPLAINED, named)
        return Judged(Came.AUTOMATIC, named, why="feedback of another kind than a complaint")
    if is_report(letter):
        failure = failure_of(letter)
        came = {"failed": Came.BOUNCED, "delivered": Came.DELIVERED}.get(failure.action, Came.DELAYED)
        return Judged(came, _both(signed, letter), failure, failure.status)
    machine = by_machine(letter, mark(secret), own)
    if signed:
        # What comes to a return path was written by a machine: people answer to where we write from.
        if machine and letter.envelope == "<>" and _is_daemon(letter):
            return Judged(Came.BOUNCED, signed, failure_of(letter), "a report in words only")
        return Judged(Came.AUTOMATIC, signed, why=machine or "it came to a return path")
    if machine:
        return Judged(Came.AUTOMATIC, _named(letter, False), why=machine)
    if not letter.sender:
        return Judged(Came.UNREADABLE, why="it says of nobody that he wrote it")
    return Judged(Came.REPLIED, _named(letter, False))


def _both(signed: tuple[bytes, ...], letter: Letter) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((*signed, *_named(letter, True))))


def _is_daemon(letter: Letter) -> bool:
    return letter.sender.lower().startswith(("mailer-daemon", "postmaster"))


def _signed(letter: Letter, secret: Secret) -> tuple[bytes, ...]:
    paths = (*letter.recipients, *reported_paths(letter))
    found = (decision_of_path(secret, each) for each in paths)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _named(letter: Letter, reported: bool) -> tuple[bytes, ...]:
    """Decisions by Message-IDs; they cannot be guessed, and whoever was sent one may speak of it."""
    ids = (letter.original.get("message-id", ""), *letter.thread) if reported else letter.thread
    return tuple(dict.fromkeys(each for each in map(decision_of_id, ids) if each is not None))
