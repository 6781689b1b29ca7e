"""E-mails as they leave: nobody injects a header, the signature holds and covers what it must."""

import email
import email.policy
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from support.installation import SECRET
from support.post import AT, UNSUBSCRIBE, dns, key_pem, mail_to, parcel, signer

from regulars.messaging.channels.compose import From, compose
from regulars.messaging.channels.dkim import BadKey, Signer, read_key, relaxed_body
from regulars.messaging.channels.email import Post
from regulars.messaging.channels.settings import ascii_address
from regulars.messaging.channels.verp import decision_of_id, decision_of_path, message_id, return_path

BY = From("Shop", "news@shop.example", "help@shop.example", "mark")
ID = "<00@shop.example>"


def written(**more: Any) -> bytes:
    return compose(parcel(**more), "ada@mail.example", BY, ID, signer()).content


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def verify(content: bytes) -> bool:
    return bool(dkim.verify(content, dnsfunc=dns))


HOSTILE = [
    "Hi\r\nBcc: everybody@mail.example",
    "Hi\nBcc: x@y.example\n\nbody",
    "Hi\x00\x0b\x0c\x1b[2J\x85\u2028Bcc: x@y.example",
    "=?utf-8?q?=0D=0ABcc:_x@y.example?=",
    "Ä" * 500,
    "\ud800\udfff broken",
    "a" * 5_000,
    '"quoted" \\ back, <x@y.example>',
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nobody_injects_a_header(text: str) -> None:
    content = written(subject=text, name=text)
    found = read(content)
    assert found["bcc"] is None
    assert len(found.get_all("from", [])) == len(found.get_all("subject", [])) == 1
    assert found["to"].addresses[0].addr_spec == "ada@mail.example" and len(found["to"].addresses) == 1
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"") and b"\r" not in content.replace(b"\r\n", b"")
    assert verify(content)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=80))
def test_any_text_arrives_and_is_signed(text: str, html: str, subject: str) -> None:
    content = written(text=text, html=html, subject=subject)
    assert verify(content)
    found = read(content).get_body(("plain",))
    assert found is not None
    lines = text.encode("utf-8", "replace").decode().splitlines()
    assert found.get_content().rstrip("\r\n").splitlines() == "\n".join(lines).rstrip("\r\n").splitlines()


def test_what_is_in_it() -> None:
    found = read(written())
    assert found["from"] == "Shop <news@shop.example>" and found["reply-to"] == "help@shop.example"
    assert found["list-unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert found["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert found["message-id"] == ID and found["auto-submitted"] == "auto-generated"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert "Hello Ada" in found.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_answer_stands_in_its_thread_and_is_no_bulk_mail() -> None:
    thread = ("<a@mail.example>", "<b@mail.example>", "no id\r\nBcc: x@y.example")
    made = compose(parcel(thread=thread, unsubscribe="", html=""), "ada@mail.example", BY, ID, None).content
    found = read(made)
    assert found["in-reply-to"] == "<b@mail.example>" and found["references"].split() == list(thread[:2])
    assert found["auto-submitted"] is None and found["list-unsubscribe"] is None and found["bcc"] is None
    assert found.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"List-Unsubscribe-Post: List", b"List-Unsubscribe-Post: Lost"),
        (UNSUBSCRIBE.encode(), b"https://evil.example/"),
        (b"Subject: ", b"Subject: not "),
        (b"MIME-Version", b"From: other@evil.example\r\nMIME-Version"),
        (b"MIME-Version", b"List-Unsubscribe: <https://evil.example>\r\nMIME-Version"),
        (b"Hello", b"Hullo"),
    ],
)
def test_the_signature_covers_it(old: bytes, new: bytes) -> None:
    content = written()
    assert verify(content) and old in content
    # dkimpy answers an added From with an error of its own.
    with suppress(dkim.DKIMException):
        assert not verify(content.replace(old, new, 1))


def test_the_same_parcel_is_the_same_mail_to_the_byte() -> None:
    assert written() == written()


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"a \t b  \r\n\r\n\r\n", b"no end", b"  \r\n", b" a\r\n"])
def test_the_body_is_relaxed_as_dkimpy_does(body: bytes) -> None:
    assert relaxed_body(body) == dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_body(body)


def test_keys_that_cannot_sign() -> None:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    small = rsa.generate_private_key(65537, 1024)
    assert read_key(small.private_bytes(*form)).key_size == 1024
    for bad in (b"", b"-----BEGIN nothing", ec.generate_private_key(ec.SECP256R1()).private_bytes(*form)):
        with pytest.raises(BadKey):
            read_key(bad)
    for domain, selector in (("shop", "r1"), ("shop.example\r\nx", "r1"), ("shop.example", "r1; x"), ("", "r1")):
        with pytest.raises(BadKey):
            Signer(domain, selector, key_pem())


DECISION = bytes(range(16))
PATH = return_path(SECRET, "bounce@mail.shop.example", DECISION)


def test_the_return_path_is_ours_alone() -> None:
    assert len(PATH.split("@")[0]) <= 64
    assert decision_of_path(SECRET, PATH) == decision_of_path(SECRET, PATH.upper()) == DECISION
    token = PATH.split("+")[1].split("@")[0]
    for at in range(0, len(token), 3):
        other = "a" if token[at] != "a" else "b"
        forged = f"bounce+{token[:at]}{other}{token[at + 1 :]}@mail.shop.example"
        assert decision_of_path(SECRET, forged) != DECISION
    for junk in ("", "bounce@mail.shop.example", "bounce+@x", "bounce+" + "a" * 42 + "@x", "b" * 100_000, "+" * 400):
        assert decision_of_path(SECRET, junk) is None


def test_message_ids() -> None:
    assert decision_of_id(message_id(DECISION, "shop.example")) == DECISION
    for junk in ("", "<x@shop.example>", "<" + "0" * 31 + "@s.example>", "<" + "0" * 32 + "@a b>", "0" * 64):
        assert decision_of_id(junk) is None


@pytest.mark.parametrize(
    "text", ["", "x", "a@b@c", "a b@x.example", "ädä@x.example", "a@x.example>\r\nRCPT", "a@-x.example"]
)
def test_what_smtp_cannot_write_to(text: str) -> None:
    with pytest.raises(ValueError):
        ascii_address(text)


def test_domains_in_other_letters() -> None:
    assert ascii_address("ada@bücher.example") == "ada@xn--bcher-kva.example"


def test_a_post_names_the_envelope() -> None:
    post = Post(mail_to("127.0.0.1:25", bounces="bounce@mail.shop.example"), SECRET, None)
    assert decision_of_path(SECRET, post.envelope(parcel(7))) == (7).to_bytes(16, "big")
    assert Post(mail_to("127.0.0.1:25"), SECRET, None).envelope(parcel()) == "news@shop.example"
    assert AT
