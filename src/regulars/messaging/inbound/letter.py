"""An e-mail that came in, opened with care: bounded in size, depth and parts before anything is read of it."""

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses
from itertools import islice
from typing import Any, Final, TypeAlias

import msgspec

from regulars.messaging.channels.compose import MARK
from regulars.messaging.inbound.texts import LONGEST_HEADER, header, own_words, part_text

MOST: Final = 26_214_400
"""Bytes of an e-mail that are taken at all (25 MB, what most providers let through)."""
READ: Final = 524_288
"""Bytes of it that are read: words stand before attachments, and attachments are not kept."""
NESTED: Final = 60
"""Parts that hold others; more are a bomb."""
LONGEST_TEXT: Final = 20_000
LONGEST_SUBJECT: Final = 300
_NESTING = re.compile(rb"boundary|message/", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{1,250}>")
_IDS: Final = 50
_TO: Final = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To")

Fields = Mapping[str, str]
Part: TypeAlias = "Message[Any, Any]"


class Unreadable(ValueError):
    """It is no e-mail that can be read; the message says why and quotes nothing of it."""


class Letter(msgspec.Struct, frozen=True):
    """What is looked at of an e-mail.

    `sender` is the address that it says it is from, `envelope` the return path ('<>' for none, '' unknown);
    `recipients` are all addresses that it may have come to. `reports` are the fields of the machine-readable parts
    of a report, `original` the header of the message that it is about.
    """

    kind: str
    report: str
    sender: str
    name: str
    envelope: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    thread: tuple[str, ...]
    mark: str
    headers: Fields
    text: str
    cut: bool
    attachments: int
    reports: tuple[Fields, ...] = ()
    original: Fields = {}


def open_letter(raw: bytes, recipient: str = "", envelope: str = "") -> Letter:
    """Read an e-mail; `recipient` and `envelope` are what SMTP said, where that is known. Raises Unreadable."""
    if len(raw) > MOST:
        raise Unreadable(f"it is longer than {MOST} bytes")
    head = raw[:READ]
    if len(_NESTING.findall(head)) > NESTED:
        raise Unreadable("it has too many parts within parts")
    try:
        message = email.message_from_bytes(head, policy=email.policy.compat32)
        return _letter(message, recipient, envelope, len(raw) > READ)
    except (MessageError, RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"it cannot be taken apart ({type(error).__name__})") from None


def _letter(message: Part, recipient: str, envelope: str, cut: bool) -> Letter:
    if not message.keys():
        raise Unreadable("it has no header")
    (name, sender), *_ = [*_addresses(message, "From"), ("", "")]
    texts = _Texts(message)
    said = [address for _, address in _addresses(message, *_TO)]
    return Letter(
        kind=message.get_content_type(),
        report=str(message.get_param("report-type") or "").lower(),
        sender=sender,
        name=name[:100],
        envelope=envelope or _return_path(message),
        recipients=tuple(dict.fromkeys([*([recipient] if recipient else []), *said])),
        subject=header(_first(message, "Subject"))[:LONGEST_SUBJECT],
        message_id=next(iter(_ids(message, "Message-ID")), ""),
        thread=tuple(dict.fromkeys([*_ids(message, "In-Reply-To"), *_ids(message, "References")]))[:_IDS],
        mark=_first(message, MARK).strip()[:64],
        headers=fields(message),
        text=own_words(texts.text),
        cut=texts.cut or (cut and not texts.text),
        attachments=texts.attachments,
        reports=tuple(texts.reports),
        original=texts.original,
    )


class _Texts:
    """What stands in the parts of a message."""

    def __init__(self, message: Part) -> None:
        self.text = ""
        self.cut = False
        self.attachments = 0
        self.reports: list[Fields] = []
        self.original: Fields = {}
        html: Part | None = None
        for part in _parts(message):
            kind = part.get_content_type()
            if kind in ("message/delivery-status", "message/feedback-report", "message/disposition-notification"):
                self.reports += _blocks(part)
            elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
                self.original = self.original or _inner(part)
            elif part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
                self.attachments += not part.is_multipart()
            elif kind == "text/html":
                html = html or part
            elif not self.text:
                self.text, self.cut = part_text(part, LONGEST_TEXT)
        if not self.text and html is not None:
            self.text, self.cut = part_text(html, LONGEST_TEXT)


def _parts(message: Part) -> Iterator[Part]:
    """The parts, without what stands in messages that are attached."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += reversed([each for each in part.get_payload() if isinstance(each, Message)])


def _blocks(part: Part) -> list[Fields]:
    payload = part.get_payload()
    if isinstance(payload, list):
        found = [fields(each) for each in payload[:100] if isinstance(each, Message)]
        # A report whose lines were folded into the body of the part within.
        inner = [
            email.message_from_string(str(each.get_payload())) for each in payload[:1] if isinstance(each, Message)
        ]
        return [each for each in [*found, *map(fields, inner)] if each]
    return [fields(email.message_from_string(str(payload)[:10_000]))]


def _inner(part: Part) -> Fields:
    payload = part.get_payload()
    if isinstance(payload, list):
        return fields(payload[0]) if payload and isinstance(payload[0], Message) else {}
    raw = part.get_payload(decode=True)
    return fields(email.message_from_bytes(raw[:100_000])) if isinstance(raw, bytes) else {}


def fields(message: Part) -> Fields:
    """The first hundred fields of a header by their names in small letters; of each the first."""
    found: dict[str, str] = {}
    for name, value in islice(message.raw_items(), 200):
        if len(found) < 100:
            found.setdefault(str(name).lower()[:100], header(value))
    return found


def _all(message: Part, name: str) -> list[str]:
    """The values of a header as they came: the library would hide what is not ASCII."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _first(message: Part, name: str) -> str:
    return next(iter(_all(message, name)), "")


def _addresses(message: Part, *names: str) -> list[tuple[str, str]]:
    # Taken apart before it is decoded: an encoded name may hold a comma and somebody else's address.
    values = [value[:LONGEST_HEADER] for name in names for value in (_all(message, name))[:10]]
    found = [(header(name), header(address)) for name, address in getaddresses(values)[:50]]
    return [(name, address) for name, address in found if 3 <= len(address) <= 320 and "@" in address]


def _return_path(message: Part) -> str:
    value = _first(message, "Return-Path").strip()
    return "<>" if value == "<>" else value.strip("<> ")[:320]


def _ids(message: Part, name: str) -> list[str]:
    return _ID.findall(" ".join(_all(message, name))[:10_000])[:_IDS]
