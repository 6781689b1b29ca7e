"""E-mail from anybody: bombs, wrong codings, forged names, machines. Nothing breaks, little is believed."""

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.installation import SECRET

from regulars.messaging.channels.email import mark
from regulars.messaging.channels.verp import message_id, return_path
from regulars.messaging.inbound.judge import Came, Judged, judge
from regulars.messaging.inbound.letter import MOST, Unreadable, open_letter
from regulars.messaging.inbound.reports import HARD, SOFT
from regulars.messaging.inbound.texts import own_words

DECISION = bytes(range(16))
PATH = return_path(SECRET, "bounce@shop.example", DECISION)
ID = message_id(DECISION, "shop.example")
OWN = frozenset({"news@shop.example"})


def letter(text: str = "Is it still there?", *more: str, **header: str) -> bytes:
    fields = {"From": "Ada <ada@mail.example>", "To": "news@shop.example", "Subject": "Re: Your cart waits"}
    fields |= {"Message-ID": "<q1@mail.example>", "In-Reply-To": ID}
    fields |= {name.replace("_", "-"): value for name, value in header.items()}
    return "\r\n".join([*(f"{k}: {v}" for k, v in fields.items() if v), *more, "", text]).encode()


def dsn(status: str = "5.1.1", action: str = "failed", to: str = PATH, diagnostic: str = "", id: str = ID) -> bytes:
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}
--b1
Content-Type: message/rfc822

From: Shop <news@shop.example>
Message-ID: {id}
Subject: Your cart waits

Hello
--b1--
""".replace("\n", "\r\n").encode()


def arf(kind: str = "abuse", path: str = PATH, id: str = ID) -> bytes:
    return f"""From: <feedback@provider.example>
To: abuse@shop.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

This is a report.
--b1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1
Version: 1
Original-Mail-From: <{path}>
--b1
Content-Type: text/rfc822-headers

From: Shop <news@shop.example>
Message-ID: {id}
--b1--
""".replace("\n", "\r\n").encode()


def judged(raw: bytes, recipient: str = "", envelope: str = "") -> Judged:
    return judge(open_letter(raw, recipient, envelope), SECRET, OWN)


def test_a_reply_is_a_reply() -> None:
    found = judged(letter())
    assert (found.came, found.decisions) == (Came.REPLIED, (DECISION,))
    read = open_letter(letter())
    assert (read.sender, read.name, read.subject) == ("ada@mail.example", "Ada", "Re: Your cart waits")
    assert (read.message_id, read.thread) == ("<q1@mail.example>", (ID,))


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "", HARD), ("5.1.10", "", HARD), ("5.2.1", "", HARD), ("5.2.2", "", SOFT), ("5.7.1", "", SOFT),
        ("4.4.1", "", SOFT), ("5.0.0", "", HARD), ("5.0.0", "smtp; 550 5.7.1 blocked", SOFT), ("nonsense", "", SOFT),
        ("", "smtp; 550 5.1.1 unknown", HARD), ("9" * 500, "", SOFT),
    ],
)  # fmt: skip
def test_bounces(status: str, diagnostic: str, kind: str) -> None:
    found = judged(dsn(status, diagnostic=diagnostic))
    assert found.came is Came.BOUNCED and found.decisions == (DECISION,)
    assert found.failure is not None and found.failure.kind == kind


@pytest.mark.parametrize(
    ("action", "came"), [("delayed", Came.DELAYED), ("delivered", Came.DELIVERED), ("relayed", Came.DELAYED)]
)
def test_reports_that_are_no_bounces(action: str, came: Came) -> None:
    assert judged(dsn("2.0.0", action)).came is came


def test_the_return_path_is_found_wherever_it_stands() -> None:
    assert judged(dsn(to="x@y.example", id=""), recipient=PATH).decisions == (DECISION,)
    assert judged(dsn(to="x@y.example")).decisions == (DECISION,)
    forged = PATH[:12] + ("a" if PATH[12] != "a" else "b") + PATH[13:]
    assert judged(dsn(to=forged, id="<made@up.example>")).decisions == ()


def test_complaints() -> None:
    assert judged(arf()).came is judged(arf("opt-out")).came is Came.COMPLAINED
    assert judged(arf()).decisions == judged(arf(path="<>")).decisions == (DECISION,)
    assert (
        judged(arf("not-spam")).came is judged(arf("auth-failure")).came is judged(arf("virus")).came is Came.AUTOMATIC
    )


@pytest.mark.parametrize(
    "raw",
    [
        letter(Auto_Submitted="auto-replied"), letter(Auto_Submitted="auto-generated (vacation)"),
        letter(Precedence="bulk"), letter(Precedence="auto_reply"), letter(X_Autoreply="yes"),
        letter(X_Autorespond="x"), letter(Return_Path="<>"), letter(List_Id="<l.example>"), letter(Feedback_ID="1"),
        letter(Subject="Out of Office: back on Monday"), letter(Subject="Automatic reply: Your cart"),
        letter(Subject="Abwesenheitsnotiz"), letter(Subject="Re: Out of office"),
        letter(Subject="Réponse automatique : x"),
        letter(Subject="=?utf-8?q?R=C3=A9ponse_automatique?="), letter(Subject="Automatická odpověď"),
        letter(From="MAILER-DAEMON@mx.example"), letter(From="no-reply@x.example"), letter(From="news@shop.example"),
        letter(From="NEWS@Shop.Example"), letter(X_Regulars=mark(SECRET)), letter(To=PATH),
    ],
)  # fmt: skip
def test_machines_ask_nothing(raw: bytes) -> None:
    assert judged(raw).came is Came.AUTOMATIC


@pytest.mark.parametrize(
    "raw",
    [
        letter(Auto_Submitted="no"), letter(Subject="Automat kaputt"), letter(Subject="Automatic coffee machine"),
        letter(X_Regulars="somebody else's"), letter(Subject="When is the vacation sale?"),
        letter(From="postmarie@x.example"), letter(Subject=""), letter(In_Reply_To=""),
    ],
)  # fmt: skip
def test_people_ask(raw: bytes) -> None:
    assert judged(raw).came is Came.REPLIED


def part(kind: str, body: bytes, coding: str = "base64") -> bytes:
    text = base64.encodebytes(body).replace(b"\n", b"\r\n") if coding == "base64" else body
    return (
        b"--b1\r\nContent-Type: "
        + kind.encode()
        + b"\r\nContent-Transfer-Encoding: "
        + coding.encode()
        + b"\r\n\r\n"
        + text
        + b"\r\n"
    )


def mixed(*parts: bytes) -> bytes:
    head = b'From: ada@mail.example\r\nTo: news@shop.example\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n'
    return head + b"".join(parts) + b"--b1--\r\n"


CODINGS = [
    ("text/plain; charset=iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
    ("text/plain; charset=utf-8", "Grüße".encode("latin-1"), "Grüße"),
    ("text/plain; charset=us-ascii", "Grüße".encode(), "Grüße"),
    ("text/plain; charset=klingon", "Grüße".encode(), "Grüße"),
    ("text/plain; charset=utf-16", "Grüße".encode("utf-16"), "Grüße"),
    ("text/plain; charset=punycode", b"a" * 5_000, "a" * 5_000),
    ("text/plain; charset=idna", b"plain", "plain"),
    ("text/plain; charset=unicode_escape", rb"\u0041", r"\u0041"),
    ("text/plain; charset=zlib", b"plain", "plain"),
    ("text/plain; charset=\x00", b"plain", "plain"),
    ("text/plain; charset=utf-7", b"+ADw-script+AD4-", "+ADw-script+AD4-"),
    ("text/plain; charset*0=utf; charset*1=-8", "Grüße".encode(), "Grüße"),
    ("text/html", b"<style>p{}</style><p>Where is<br>it?</p><script>alert(1)</script>", "Where is\nit?"),
    ("text/html", b"<p>" * 2_000 + b"deep", "deep"),
    ("text/plain", b"a\x00b\x1b[2Jc", "ab[2Jc"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "text"), CODINGS)
def test_codings(kind: str, body: bytes, text: str) -> None:
    assert open_letter(mixed(part(kind, body))).text == text


def test_an_attachment_of_ten_megabytes_is_not_read() -> None:
    raw = mixed(part("text/plain", b"See the picture."), part("image/png; name=x.png", bytes(10_000_000)))
    started = time.perf_counter()
    found = open_letter(raw)
    assert time.perf_counter() - started < 2
    assert (found.text, found.cut, found.attachments) == ("See the picture.", False, 1)


def test_an_attachment_before_the_words_hides_them() -> None:
    found = open_letter(mixed(part("image/png", bytes(2_000_000)), part("text/plain", b"words")))
    assert (found.text, found.cut) == ("", True)


def nested(depth: int) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return b"From: ada@mail.example\r\n" + opened + b"\r\nhi"


def forwarded(depth: int) -> bytes:
    return b"From: ada@mail.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\nhi"


BOMBS: dict[str, Callable[[], bytes]] = {
    "too long": lambda: b"From: a@b.example\r\n\r\n" + b"x" * MOST,
    "nested": lambda: nested(3_000),
    "forwarded": lambda: forwarded(3_000),
    "no header": lambda: b"\r\n\r\n",
    "nothing": lambda: b"",
}
HEAVY: dict[str, Callable[[], bytes]] = {
    "newlines": lambda: b"From: a@b.example\r\n\r\n" + b"\n" * 20_000_000,
    "headers": lambda: b"".join(b"X-%d: y\r\n" % n for n in range(40_000)) + b"From: a@b.example\r\n\r\nhi",
    "one header": lambda: b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?=C3=A4?= " * 25_000 + b"\r\n\r\nhi",
    "folded": lambda: b"From: a@b.example\r\nSubject: x" + b"\r\n y" * 100_000 + b"\r\n\r\nhi",
    "addresses": lambda: b"From: " + b"(" * 200_000 + b"a@b.example\r\n\r\nhi",
    "recipients": lambda: b"From: a@b.example\r\nTo: " + b"x@y.example, " * 40_000 + b"\r\n\r\nhi",
    "references": lambda: b"From: a@b.example\r\nReferences: " + b"<a@b> " * 80_000 + b"\r\n\r\nhi",
    "parts": lambda: mixed(*[part("text/plain", b"x", "7bit")] * 5_000),
    "parameters": lambda: b"From: a@b.example\r\nContent-Type: text/plain" + b"; a*0*=x" * 20_000 + b"\r\n\r\nhi",
    "html": lambda: mixed(part("text/html", b"<div>" * 80_000)),
    "half html": lambda: mixed(part("text/html", b"<br " * 100_000, "7bit")),
    "styles": lambda: mixed(part("text/html", b"<style>" * 60_000, "7bit")),
    "quotes": lambda: b"From: a@b.example\r\n\r\n" + b"> " * 200_000,
    "wrote": lambda: b"From: a@b.example\r\n\r\n" + (b"wrote:" * 50 + b"\r\n") * 1_500,
    "lines": lambda: b"From: a@b.example\r\n\r\n" + b" \n" * 250_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_unreadable(name: str) -> None:
    with pytest.raises(Unreadable):
        open_letter(BOMBS[name]())


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_ones_take_no_time(name: str) -> None:
    raw = HEAVY[name]()
    started = time.process_time()
    try:
        found = open_letter(raw)
        judge(found, SECRET, OWN)
        assert len(found.text) <= 20_000 and len(found.subject) <= 300 and len(found.recipients) <= 500
    except Unreadable:
        pass
    assert time.process_time() - started < 3, name


@settings(max_examples=30, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"From: a@b.example\r\n", dsn()[:300], arf()[:400], mixed()[:100]])
)
def test_any_bytes_are_judged_or_unreadable(raw: bytes, before: bytes) -> None:
    try:
        found = open_letter(before + raw)
    except Unreadable:
        return
    assert judge(found, SECRET, OWN).came in Came
    "".join((found.subject, found.text, found.name, found.sender)).encode()


def test_an_encoded_name_hides_no_second_address() -> None:
    found = open_letter(
        letter(
            From='"=?utf-8?q?Eve=2C?=" <ada@mail.example>',
            To="=?utf-8?q?x=2C_eve=40evil=2Eexample?= <news@shop.example>",
        )
    )
    assert found.sender == "ada@mail.example" and "eve@evil.example" not in found.recipients


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes please\n\nOn Mon, Shop wrote:\n> Your cart\n> waits", "Yes please"),
        ("Ja bitte\n\nAm 3.5. schrieb Shop:\n> x", "Ja bitte"),
        ("Yes\n-----Original Message-----\nFrom: shop", "Yes"),
        ("> quoted first\nmy words\n> quoted", "> quoted first\nmy words"),
        ("My sister wrote:\nit is too small", "My sister wrote:\nit is too small"),
        ("> only\n> quotes", "> only\n> quotes"),
        ("", ""),
    ],
)  # fmt: skip
def test_own_words(text: str, kept: str) -> None:
    assert own_words(text) == kept
