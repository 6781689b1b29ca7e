"""Channels against real peers: an SMTP server that misbehaves, and web servers that are not to be trusted."""

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from standardwebhooks import Webhook
from support.installation import SECRET
from support.post import Box, dns, mail_to, parcel, post_office, signer
from support.running import free_port

from regulars.messaging.channels.channel import State
from regulars.messaging.channels.email import EmailChannel, Post
from regulars.messaging.channels.guarded import Guarded, Refused, Unanswered, is_public
from regulars.messaging.channels.settings import Mail, Webhooks
from regulars.messaging.channels.verp import decision_of_path
from regulars.messaging.channels.webhook import WebhookChannel

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def channel(mail: Mail, password: str = "", tls: ssl.SSLContext | None = None) -> EmailChannel:
    return EmailChannel(mail, Post(mail, SECRET, signer()), password, tls)


def test_mails_arrive_once_each_over_few_connections() -> None:
    with post_office() as (box, place):
        sending = channel(mail_to(place, connections=2, bounces="bounce@mail.shop.example"))
        for part in range(3):
            found = sending.deliver([parcel(part * 20 + n, f"c{n}@mail.example") for n in range(20)])
            assert {each.state for each in found} == {State.SENT}
        sending.close()
    assert box.connections == 2
    assert len({message[2] for message in box.taken}) == len(box.taken) == 60
    sender, recipients, content = box.taken[0]
    decision = decision_of_path(SECRET, sender)
    assert decision is not None and decision.hex().encode() in content and len(recipients) == 1
    assert dkim.verify(content, dnsfunc=dns)


def test_answers_of_a_server() -> None:
    answers = {
        "gone": ("550 5.1.1 no such user", State.BOUNCED), "bare": ("550 unknown", State.BOUNCED),
        "full": ("552 5.2.2 full", State.FAILED), "policy": ("550 5.7.1 no", State.FAILED),
        "later": ("451 4.3.0 later", State.LATER), "grey": ("450 grey", State.LATER), "fine": ("250 OK", State.SENT),
    }  # fmt: skip
    box = Box()
    box.rcpt = lambda address: answers[address.split("@")[0]][0]
    with post_office(box) as (_, place):
        sending = channel(mail_to(place, connections=1))
        found = sending.deliver([parcel(n, f"{name}@mail.example") for n, name in enumerate(answers)])
        sending.close()
    assert [each.state for each in found] == [state for _, state in answers.values()]
    assert not any(each.transport or each.doubtful for each in found)
    assert all("mail.example" not in each.why for each in found)
    assert len(box.taken) == 1


def test_a_refused_content_is_not_the_address() -> None:
    box = Box()
    box.data = lambda content: "554 5.6.0 no" if b"c0@mail.example" in content else "250 OK"
    with post_office(box) as (_, place):
        sending = channel(mail_to(place, connections=1))
        found = sending.deliver([parcel(n, f"c{n}@mail.example") for n in range(2)])
        sending.close()
    assert [each.state for each in found] == [State.FAILED, State.SENT]


def test_a_server_that_is_gone_is_waited_for_and_found_again() -> None:
    port = free_port()
    sending = channel(mail_to(f"127.0.0.1:{port}", connections=2))
    started = time.monotonic()
    found = sending.deliver([parcel(n) for n in range(50)])
    assert time.monotonic() - started < 5
    assert {(each.state, each.transport) for each in found} == {(State.LATER, True)}
    with post_office() as (box, place):
        sending._lines[0]._mail = sending._lines[1]._mail = mail_to(place)
        assert {each.state for each in sending.deliver([parcel(1), parcel(2)])} == {State.SENT}
        for line in sending._lines:
            assert line._client is not None and line._client.transport is not None
            line._client.transport.close()
        assert {each.state for each in sending.deliver([parcel(3), parcel(4)])} == {State.SENT}
        assert len(box.taken) == 4
    sending.close()


def test_a_server_that_dies_after_the_data_leaves_doubt() -> None:
    box = Box()
    sleeping = threading.Event()
    box.data = lambda content: f"250 OK {sleeping.wait(3)}"
    with post_office(box) as (_, place):
        sending = channel(mail_to(place, connections=1, timeout=1))
        (found,) = sending.deliver([parcel(1)])
        assert found.state is State.LATER and found.doubtful and found.transport
        sleeping.set()
        sending.close()


def test_an_address_that_smtp_cannot_say() -> None:
    with post_office() as (box, place):
        sending = channel(mail_to(place))
        bad = ["a@b.example>\r\nDATA", "", "no at", "ü@mail.example", "a b@mail.example"]
        found = sending.deliver([parcel(n, address) for n, address in enumerate(bad)])
        sending.close()
    assert {each.state for each in found} == {State.FAILED} and not box.taken


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    pem = made.public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
    (folder / "ca.pem").write_bytes(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return folder / "ca.pem", context


def test_starttls_wants_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    ca, context = certificate(tmp_path)
    with post_office(tls_context=context, require_starttls=True) as (box, place):
        settings = mail_to(place, tls="starttls")
        stranger = channel(settings)
        (refused,) = stranger.deliver([parcel(1)])
        stranger.close()
        assert refused.state is State.LATER and refused.transport and not box.taken
        trusting = channel(settings, tls=ssl.create_default_context(cafile=str(ca)))
        (taken,) = trusting.deliver([parcel(1)])
        trusting.close()
        assert taken.state is State.SENT and len(box.taken) == 1


def test_a_server_without_tls_gets_no_password(tmp_path: Path) -> None:
    with post_office() as (box, place):
        sending = channel(mail_to(place, tls="starttls", user="shop"), "secret word")
        (found,) = sending.deliver([parcel(1)])
        sending.close()
    assert found.state is State.LATER and found.transport and not box.taken


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"smtp": "nowhere"}, "smtp"), ({"smtp": "h:0"}, "smtp"), ({"smtp": "h:99999"}, "smtp"), ({"smtp": 25}, "smtp"),
        ({"smtp": "h:25"}, "sender"), ({"smtp": "h:25", "sender": "a@shop.example", "tls": "none"}, "tls"),
        ({"tls": "ssl"}, "tls"), ({"sender": "nobody"}, "sender"), ({"sender": "A\nB <a@shop.example>"}, "sender"),
        ({"bounces": "x"}, "bounces"), ({"dkim_domain": "shop.example"}, "dkim_key"),
        ({"connections": 0}, "connections"),
        ({"connections": True}, "connections"), ({"port": 25}, "port"), ({"dkim_domain": "A b"}, "dkim_domain"),
    ],
)  # fmt: skip
def test_wrong_settings_of_mail(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}:"):
        Mail.from_settings(settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"url": "ftp://x.example", "secret": KEY}, "url"), ({"url": "https://x.example"}, "secret"),
        ({"url": "https://a:b@x.example", "secret": KEY}, "url"), ({"secret": "whsec_"}, "secret"),
        ({"private": "yes"}, "private"), ({"timeout": 0}, "timeout"), ({"uri": ""}, "uri"), ({"secret": 5}, "secret"),
    ],
)  # fmt: skip
def test_wrong_settings_of_webhooks(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}:"):
        Webhooks.from_settings(settings)


@contextmanager
def web(answer: Any) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A web server; `answer(handler)` writes what it says."""
    kept: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook?x=1", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def status(code: int, **headers: str) -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        pass


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.1)
    except OSError:
        pass


def hook(url: str, **more: Any) -> WebhookChannel:
    return WebhookChannel(Webhooks.from_settings({"url": url, "secret": KEY, "private": True, **more}))


def test_a_webhook_is_signed_and_named_after_its_decision() -> None:
    with web(status(204)) as (url, kept):
        sending = hook(url)
        one, again = sending.deliver([parcel(5, "user_id:u-1")]), sending.deliver([parcel(5, "user_id:u-1")])
        sending.close()
    assert one[0].state is again[0].state is State.SENT
    headers, body = kept[0]
    said = Webhook(KEY).verify(body, headers)
    assert said["data"]["decision"] == (5).to_bytes(16, "big").hex() and said["data"]["message"] == "abandoned-cart"
    assert said["data"]["identifier"] == {"type": "user_id", "value": "u-1"}
    assert {json.dumps(each[0]["webhook-id"]) for each in kept} == {f'"msg_{(5).to_bytes(16, "big").hex()}"'}
    assert headers["Host"] == url.split("/")[2]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (status(302, Location="http://127.0.0.1:1/"), State.FAILED), (status(410), State.FAILED),
        (status(400), State.FAILED), (status(429), State.LATER), (status(503), State.LATER), (endless, State.SENT),
        (dripping, State.LATER),
    ],
    ids=["redirect", "gone", "bad", "busy", "down", "endless", "dripping"],
)  # fmt: skip
def test_answers_of_a_web_server(answer: Any, state: State) -> None:
    with web(answer) as (url, kept):
        sending = hook(url, timeout=1)
        started = time.monotonic()
        (found,) = sending.deliver([parcel(5, "user_id:u-1")])
        assert time.monotonic() - started < 3
        sending.close()
    assert found.state is state and len(kept) == 1


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.5.5", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:7f00:1::1", "::127.0.0.1", "ff02::1", "192.0.2.1", "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(ip_address(address))


def test_public_addresses() -> None:
    assert all(is_public(ip_address(each)) for each in ("8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/",
        "http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://127.1:PORT/", "http://0:PORT/", "ftp://8.8.8.8/",
        "http://user@8.8.8.8/", "http:///x", "gopher://127.0.0.1/",
    ],
)  # fmt: skip
def test_nothing_of_ours_is_called(url: str) -> None:
    with web(status(200)) as (address, kept):
        port = address.split(":")[2].split("/")[0]
        guarded = Guarded(False, 2)

        async def call() -> None:
            try:
                with pytest.raises((Refused, Unanswered)):
                    await guarded.post(url.replace("PORT", port), b"{}", {})
            finally:
                await guarded.close()

        asyncio.run(call())
    assert not kept


def test_a_name_is_resolved_once_and_called_where_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with a public address first and a private one later gains nothing."""
    asked = []

    async def look_up(host: str, port: int) -> list[Any]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    monkeypatch.setattr("regulars.messaging.channels.guarded._look_up", look_up)
    with web(status(200)) as (address, kept):
        port = address.split(":")[2].split("/")[0]

        async def call() -> None:
            guarded = Guarded(True, 2)
            await guarded.post(f"http://hook.shop.example:{port}/x", b"{}", {})
            await guarded.close()
            strict = Guarded(False, 2)
            with pytest.raises(Refused):
                await strict.post(f"http://hook.shop.example:{port}/x", b"{}", {})
            await strict.close()

        asyncio.run(call())
    assert asked == ["hook.shop.example"] * 2
    assert [headers["Host"] for headers, _ in kept] == [f"hook.shop.example:{port}"]
