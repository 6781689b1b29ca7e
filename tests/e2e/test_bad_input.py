"""What is bad ends in a clear error or in `rejected`, what is good beside it is taken, and nothing ever stalls."""

import gzip
import json
import time
import zlib
from typing import Any

import pytest
from support import wire
from support.running import OK, Running, now

pytestmark = pytest.mark.slow

DEEP = b"[" * 15_000 + b"]" * 15_000
GOOD = {"type": "track", "userId": "u-good", "event": "Product Viewed"}


def batch(*items: dict[str, Any] | bytes) -> bytes:
    """A batch, of which items given as bytes stay as they are."""
    written = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    return b'{"batch":[' + b",".join(written) + b"]}"


def good(name: str) -> dict[str, Any]:
    return {**GOOD, "messageId": name}


def accepted(installation: Running, source: str) -> list[str]:
    installation.wait()
    return installation.message_ids(source)


WHOLE: dict[str, tuple[bytes, dict[str, str], str]] = {
    "truncated gzip": (gzip.compress(batch(good("lost")))[:-12], {"Content-Encoding": "gzip"}, "malformed"),
    "gzip in gzip": (gzip.compress(gzip.compress(batch(good("lost")))), {"Content-Encoding": "gzip"}, "malformed"),
    "gzip that is none": (b"\x00\x01" * 50, {"Content-Encoding": "gzip"}, "malformed"),
    "unknown encoding": (zlib.compress(batch(good("lost"))), {"Content-Encoding": "deflate"}, "malformed"),
    "gzip bomb": (gzip.compress(bytes(200_000_000), 1), {"Content-Encoding": "gzip"}, "too_large"),
    "600 KB": (batch(*[{**good(f"lost-{n}"), "x": "x" * 20_000} for n in range(30)]), {}, "too_large"),
    "600 KB in gzip": (
        gzip.compress(batch(*[{**good(f"lost-{n}"), "x": "x" * 20_000} for n in range(30)])),
        {"Content-Encoding": "gzip"},
        "too_large",
    ),
    "20 MB": (b" " * 20_000_000, {}, "too_large"),
    "5,000 items": (batch(*[b'{"type":"page"}'] * 5_000), {}, "too_large"),
    "empty": (b"", {}, "malformed"),
    "no JSON": (b"type=track&event=x", {}, "malformed"),
    "cut off": (batch(good("lost"))[:-9], {}, "malformed"),
    "UTF-16": (batch(good("lost")).decode().encode("utf-16"), {}, "bad_character"),
    "no batch": (b'{"items":[]}', {}, "missing_field"),
    "batch of a wrong type": (b'{"batch":{"type":"track"}}', {}, "wrong_type"),
    "context of a wrong type": (b'{"batch":[],"context":7}', {}, "wrong_type"),
    "deep nesting around": (b'{"context":' + DEEP + b',"batch":[' + json.dumps(good("lost")).encode() + b"]}", {}, ""),
    "bad sentAt": (b'{"batch":[],"sentAt":"yesterday"}', {}, "bad_time"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_request_that_cannot_be_read_is_refused_and_shown(installation: Running, name: str) -> None:
    body, headers, reason = WHOLE[name]
    source = f"whole {name}"
    key = installation.key("secret", source)
    started = time.monotonic()
    answer = installation.post("/v1/batch", key, body, **headers)
    assert time.monotonic() - started < 10
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"code", "message"}
    assert not reason or answer.json()["code"] == reason
    installation.send(key, good("after"))
    assert accepted(installation, source) == ["after"]
    (row,) = installation.rejected(source)
    assert row["reason"] == answer.json()["code"]
    assert row["message"]
    assert len(row["body"]) <= 32 * 1024


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u-bad", "event": "Order Completed", "messageId": "bad", **fields}


ITEMS: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "null": (b"null", "wrong_type"),
    "a number": (b"7", "wrong_type"),
    "a list": (b"[]", "wrong_type"),
    "broken JSON": (b'{"type":"track","event":x}', "malformed"),
    "no type": ({"userId": "u"}, "missing_field"),
    "an unknown type": (event(type="purchase"), "unknown_type"),
    "track without event": (event(event=None), "missing_field"),
    "group without groupId": (event(type="group"), "missing_field"),
    "alias without previousId": (event(type="alias"), "missing_field"),
    "alias without userId": ({"type": "alias", "previousId": "a"}, "missing_field"),
    "deep nesting": (b'{"type":"track","event":"x","properties":{"x":' + DEEP + b"}}", "too_deep"),
    "65 levels": (b'{"type":"track","event":"x","properties":{"x":' + b"[" * 63 + b"]" * 63 + b"}}", "too_deep"),
    "NaN": (b'{"type":"track","event":"x","properties":{"x":NaN}}', "not_a_number"),
    "Infinity": (b'{"type":"track","event":"x","properties":{"x":-Infinity}}', "not_a_number"),
    "1e999": (b'{"type":"track","event":"x","properties":{"x":1e999}}', "not_a_number"),
    "5,000 digits": (b'{"type":"track","event":"x","properties":{"x":' + b"9" * 5_000 + b"}}", "not_a_number"),
    "a lone surrogate": (b'{"type":"track","event":"x","properties":{"x":"\\ud800"}}', "bad_character"),
    "a lone surrogate in a name": (b'{"type":"track","event":"x","properties":{"\\udfff":1}}', "bad_character"),
    "no UTF-8": (b'{"type":"track","event":"x","properties":{"x":"\xff"}}', "bad_character"),
    "a raw control character": (b'{"type":"track","event":"x","properties":{"x":"\x01"}}', "bad_character"),
    "NUL in an id": (event(userId="u\0v"), "bad_character"),
    "NUL in the event": (event(event="x\0y"), "bad_character"),
    "NUL in a property's name": (event(properties={"a\0b": 1}), "bad_character"),
    "NUL in an external id": (event(context={"externalIds": [{"id": "a\0", "type": "email"}]}), "bad_character"),
    "33 KB": (event(properties={"x": "x" * 33_000}), "too_large"),
    "a long event name": (event(event="x" * 600), "too_large"),
    "a long messageId": (event(messageId="m" * 101), "id_too_long"),
    "a long userId": (event(userId="u" * 300), "id_too_long"),
    "33 external ids": (
        event(context={"externalIds": [{"id": str(n), "type": "email"} for n in range(33)]}),
        "too_many_identifiers",
    ),
    "year 1": (event(timestamp="0001-01-01T00:00:00Z"), "time_out_of_range"),
    "year 1999": (event(timestamp="1999-12-31T23:59:59Z"), "time_out_of_range"),
    "no time": (event(timestamp="soon"), "bad_time"),
    "the 30th of February": (event(timestamp="2026-02-30T10:00:00Z"), "bad_time"),
    "an amount that is none": (event(properties={"order_id": "o", "total": "much"}), "bad_amount"),
}


@pytest.mark.parametrize("name", ITEMS)
def test_a_bad_item_never_fails_its_batch(installation: Running, name: str) -> None:
    item, reason = ITEMS[name]
    source = f"item {name}"
    key = installation.key("secret", source)
    answer = installation.post("/v1/batch", key, batch(good("before"), item, good("behind")))
    assert (answer.status_code, answer.content) == (200, OK), answer.text
    installation.send(key, good("later"))
    assert accepted(installation, source) == ["before", "behind", "later"]
    (row,) = installation.rejected(source)
    assert row["reason"] == reason
    assert row["message"]
    sent = item if isinstance(item, bytes) else json.dumps(item).encode()
    assert row["body"] == sent.decode("utf-8", "replace")


def wrong_types() -> list[tuple[str, dict[str, Any]]]:
    """An item for each known field, and where it is wrong."""
    order = {"type": "track", "userId": "u", "event": "Order Completed"}
    found: list[tuple[str, dict[str, Any]]] = []
    for field in ("type", "event", "name", "category", "origin"):
        found.append((f"$.{field}", {**order, field: 7}))
    for field in ("messageId", "userId", "anonymousId", "previousId", "groupId"):
        found += [(f"$.{field}", {**order, field: wrong}) for wrong in (1.5, True, ["x"], {"x": 1})]
    for field in ("originalTimestamp", "timestamp", "sentAt"):
        found += [(f"$.{field}", {**order, field: wrong}) for wrong in (1.5, True, ["x"])]
    for field in ("traits", "properties", "context", "integrations"):
        found += [(f"$.{field}", {**order, field: wrong}) for wrong in (7, "x", ["x"], True)]
    for field in ("email", "name", "firstName", "lastName", "first_name", "last_name", "gender", "title"):
        found.append((f"$.traits.{field}", {"type": "identify", "userId": "u", "traits": {field: 7}}))
        found.append((f"$.context.traits.{field}", {**order, "context": {"traits": {field: ["x"]}}}))
    for field in ("phone", "loyalty_id", "username", "birthday", "createdAt", "age", "address"):
        found.append((f"$.traits.{field}", {"type": "identify", "userId": "u", "traits": {field: ["x"]}}))
    for field in ("ip", "userAgent", "locale", "timezone", "origin"):
        found.append((f"$.context.{field}", {**order, "context": {field: 7}}))
    for field in ("traits", "library", "page", "device", "campaign", "app", "os", "screen", "network", "location"):
        found.append((f"$.context.{field}", {**order, "context": {field: "x"}}))
    for field, value in (("page", "url"), ("device", "id"), ("campaign", "source"), ("library", "version")):
        found.append((f"$.context.{field}.{value}", {**order, "context": {field: {value: 7}}}))
    found.append(("$.context.externalIds", {**order, "context": {"externalIds": {}}}))
    found.append(("$.context.externalIds[0]", {**order, "context": {"externalIds": [7]}}))
    found.append(("$.context.externalIds[0].id", {**order, "context": {"externalIds": [{"id": None, "type": "x"}]}}))
    for field in ("order_id", "checkout_id", "cart_id", "product_id", "sku", "store_id", "till_id", "receipt_id"):
        found.append((f"$.properties.{field}", {**order, "properties": {field: {"x": 1}}}))
    for field in ("channel", "currency", "products"):
        found.append((f"$.properties.{field}", {**order, "properties": {field: 7}}))
    for field in ("total", "revenue", "shipping", "tax", "discount", "price", "quantity"):
        found.append((f"$.properties.{field}", {**order, "properties": {field: ["x"]}}))
    for field in ("product_id", "name", "price", "quantity"):
        found.append((f"$.properties.products[0].{field}", {**order, "properties": {"products": [{field: [1]}]}}))
    return found


def test_a_wrong_type_in_any_known_field_is_named(installation: Running) -> None:
    key = installation.key("secret", "wrong types")
    cases = wrong_types()
    answer = installation.post("/v1/batch", key, batch(good("first"), *[item for _, item in cases], good("last")))
    assert (answer.status_code, answer.content) == (200, OK)
    assert accepted(installation, "wrong types") == ["first", "last"]
    rows = installation.rejected("wrong types")
    assert [(row["where"], row["reason"]) for row in rows] == [(where, "wrong_type") for where, _ in cases]


def test_a_wrong_single_call_is_told_at_once_and_shown(installation: Running) -> None:
    key = installation.key("secret", "single calls")
    answer = installation.post("/v1/identify", key, {"userId": "u", "traits": {"email": 7}})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_type")
    assert "$.traits.email" in answer.json()["message"]
    assert installation.post("/v1/identify", key, {"userId": "u", "messageId": "fine"}).content == OK
    assert accepted(installation, "single calls") == ["fine"]
    assert [row["where"] for row in installation.rejected("single calls")] == ["$.traits.email"]


def test_one_message_id_with_two_contents_keeps_the_first(installation: Running) -> None:
    key = installation.key("secret", "two contents")
    installation.send(key, {**good("m"), "timestamp": now()}, {**good("m"), "event": "Product Added"}, good("n"))
    installation.send(key, {**good("m"), "event": "Product Removed"})
    assert accepted(installation, "two contents") == ["m", "n"]
    assert installation.sql("SELECT name FROM events WHERE source = 'two contents' AND message_id = 'm'") == [
        ("Product Viewed",)
    ]
    assert [row["reason"] for row in installation.rejected("two contents")] == ["conflicting_duplicate"] * 2


def test_what_has_no_ids_is_kept_and_without_message_id_a_resend_counts_once(installation: Running) -> None:
    key = installation.key("secret", "no ids")
    nobody = {"type": "track", "event": "Store Entered", "timestamp": now(-60)}
    installation.send(key, nobody, nobody)
    installation.send(key, nobody)
    (name,) = accepted(installation, "no ids")
    assert name.startswith("content-")
    assert installation.sql("SELECT bundle FROM events WHERE source = 'no ids'") == [(None,)]
    timeless = {"type": "track", "event": "Store Entered"}
    installation.send(key, timeless, timeless)
    assert len(accepted(installation, "no ids")) == 3


@pytest.mark.parametrize(
    ("name", "said", "sent", "clock", "ago"),
    [
        ("right", -30, 0, "client", 30),
        ("tomorrow", 86_400, None, "received", 0),
        ("hours behind", -7 * 3600 - 30, -7 * 3600, "corrected", 30),
        ("hours ahead", 5 * 3600 - 30, 5 * 3600, "corrected", 30),
        ("offline for a day", -86_400, 0, "client", 86_400),
        ("year 9999", None, None, "received", 0),
    ],
)
def test_clocks(
    installation: Running, name: str, said: float | None, sent: float | None, clock: str, ago: float
) -> None:
    source = f"clock {name}"
    key = installation.key("secret", source)
    made = time.time()
    fields = {"timestamp": "9999-12-31T23:59:59Z" if said is None else now(said)}
    installation.send(key, {**good("m"), **fields, **({} if sent is None else {"sentAt": now(sent)})})
    installation.wait()
    ((time_, received, flags),) = installation.sql("SELECT time, received, flags FROM events WHERE source = %s", source)
    assert flags == ("" if clock == "client" else clock)
    assert abs(received / 1e6 - made) < 10
    assert abs((received - time_) / 1e6 - ago) < 10


LONG = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(2_000))
"""6 KB that do not compress: more than an index of PostgreSQL takes."""

AWKWARD: dict[str, dict[str, Any]] = {
    "product": {"event": "Product Viewed", "properties": {"product_id": LONG, "name": LONG, "category": LONG}},
    "wishlist": {"event": "Product Added to Wishlist", "properties": {"product_id": LONG}},
    "order": {
        "event": "Order Completed",
        "properties": {"order_id": LONG, "total": 10, "products": [{"product_id": LONG, "quantity": 10**30}]},
    },
    "huge total": {"event": "Order Completed", "properties": {"order_id": "huge", "total": 10**30}},
    "huge text total": {"event": "Order Completed", "properties": {"order_id": "huge-2", "total": "1e30"}},
    "huge exponent": {"event": "Order Completed", "properties": {"order_id": "huge-3", "total": "1e999999999"}},
    "tiny": {"event": "Order Completed", "properties": {"order_id": "tiny", "total": 1e-300, "currency": "JPY"}},
    "quantity": {
        "event": "Order Completed",
        "properties": {"order_id": "q", "products": [{"product_id": "p", "price": 1, "quantity": 2**63}]},
    },
    "negative": {
        "event": "Order Completed",
        "properties": {"order_id": "n", "products": [{"product_id": "p", "price": -(10**25), "quantity": -1e300}]},
    },
    "currency": {"event": "Order Completed", "properties": {"order_id": "c", "total": 1, "currency": LONG}},
    "refund": {"event": "Order Refunded", "properties": {"order_id": LONG, "refund_id": LONG, "total": 10**40}},
    "store": {
        "event": "Order Completed",
        "properties": {"channel": LONG, "store_id": LONG, "till_id": LONG, "receipt_id": LONG, "total": 1},
    },
    "cart": {"event": "Product Added", "properties": {"product_id": LONG, "quantity": "1" * 400, "cart_id": LONG}},
    "consent": {
        "event": "Consent Given",
        "properties": {"purpose": LONG, "channel": LONG, "address": LONG, "basis": LONG},
    },
    "NUL in a text": {"event": "Product Viewed", "properties": {"product_id": "a", "name": "a\0b"}},
    "zones": {"event": "Zone Entered", "properties": {"zone": LONG, "store_id": LONG, "dwell": 10**30}},
    "search": {"event": "Products Searched", "properties": {"query": LONG}},
    "traits": {
        "type": "identify",
        "traits": {
            "email": f"{LONG[:400]}@mail.example", "phone": "+" + "4" * 3_000, "loyalty_id": LONG, "name": LONG,
            LONG: LONG,
        },
    },
    "dates": {"type": "identify", "traits": {"birthday": "9999-99-99", "createdAt": 10**30, "age": "1e400"}},
    "external": {
        "event": "Product Viewed",
        "context": {"externalIds": [{"id": LONG[:250], "type": LONG[:100]}, {"id": "x", "type": "payment_token"}]},
    },
    "device": {"event": "Product Viewed", "context": {"device": {"id": LONG, "token": LONG}, "locale": LONG}},
    "group": {"type": "group", "groupId": "g", "traits": {"name": LONG, "employees": 10**30}},
    "page": {"type": "page", "name": "x" * 500, "properties": {"url": LONG, "referrer": LONG}},
    "numbers": {"event": "Product Viewed", "properties": {"product_id": 10**29, "price": 10**30, "x": -(10**40)}},
    "message id": {"event": "Product Viewed", "messageId": 10**30},
    "user id": {"event": "Product Viewed", "userId": 10**200},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["secret", "write"])
def test_values_that_postgresql_cannot_hold_or_index_stall_nothing(installation: Running, kind: str) -> None:
    source = f"awkward {kind}"
    key = installation.key(kind, source)
    for name, fields in AWKWARD.items():
        item = {"type": "track", "userId": f"u-{name}-{kind}", "messageId": name, **fields}
        installation.send(key, good(f"before {name}"), item, good(f"behind {name}"))
    there = accepted(installation, source)
    for name in AWKWARD:
        assert {f"before {name}", f"behind {name}"} <= set(there)
    rows = installation.rejected(source)
    assert len(there) + len(rows) == 3 * len(AWKWARD), "something was swallowed"
    secret = installation.key("secret", f"reader of {source}")
    for name in AWKWARD:
        answer = installation.get("/api/customers", secret, identifier=f"user_id:u-{name}-{kind}")
        assert answer.status_code == 200, (name, answer.text)
        for customer in answer.json()["customers"]:
            for path in (f"/api/customers/{customer['id']}", f"/api/customers/{customer['id']}/events"):
                assert installation.get(path, secret).status_code == 200, (name, path)


def test_unknown_and_revoked_keys_open_nothing(installation: Running) -> None:
    key = installation.key("secret", "revoked")
    installation.send(key, good("while it was good"))
    installation.cli("keys", "revoke", key)
    deadline = time.monotonic() + 10
    while (answer := installation.post("/v1/batch", key, {"batch": [good("in time")]})).status_code == 200:
        assert time.monotonic() < deadline, "a revoked key is still taken"
        time.sleep(0.1)
    for refused in (key, "sk_unknown", "", "\x7f", "x" * 5_000):
        for path in ("/v1/batch", "/v1/track"):
            answer = installation.post(path, refused, {"batch": [good("never")], **good("never")})
            assert answer.status_code == 401, (refused[:20], answer.text)
            assert answer.json()["code"] == "unknown_key"
        answer = installation.get("/api/customers", refused, identifier="user_id:u-good")
        assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")
    installation.wait()
    assert set(installation.message_ids("revoked")) <= {"while it was good", "in time"}
    assert installation.sql("SELECT 1 FROM events WHERE message_id = 'never'") == []


def test_requests_that_no_client_would_write(installation: Running) -> None:
    source = "by hand"
    key = installation.key("secret", source)
    auth, host = f"Authorization: Bearer {key}", f"Host: 127.0.0.1:{installation.port}"
    line = "POST /v1/batch HTTP/1.1"
    # No length is no body.
    answer = wire.exchange(installation.port, wire.request(line, [host, auth]))
    assert answer.status == 400
    assert json.loads(answer.body)["code"] == "malformed"
    # Chunks are as good as a length.
    body = batch(good("chunked"))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    head = wire.request(line, [host, auth, "Transfer-Encoding: chunked"])
    assert wire.exchange(installation.port, head, chunks).body == OK
    # A length that is none.
    assert wire.exchange(installation.port, wire.request(line, [host, auth, "Content-Length: -5"])).status in (0, 400)
    # Less than was said, then nobody: there is no event, and no harm.
    head = wire.request(line, [host, auth, "Content-Length: 900"])
    with wire.connect(installation.port) as link:
        link.sendall(head + batch(good("half")))
    # A slow body is waited for, and nobody else waits for it.
    body = batch(good("slow"))
    head = wire.request(line, [host, auth, f"Content-Length: {len(body)}"])
    with wire.connect(installation.port) as link:
        link.sendall(head + body[:5])
        for number in range(4):
            installation.send(key, good(f"meanwhile {number}"))
            time.sleep(0.25)
        link.sendall(body[5:])
        assert wire.read(link).body == OK
    assert accepted(installation, source) == ["chunked", *(f"meanwhile {number}" for number in range(4)), "slow"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/track", 405),
        ("PUT", "/v1/batch", 405),
        ("DELETE", "/v1/identify", 405),
        ("POST", "/v1/settings", 404),
        ("POST", "/v1/purchase", 404),
        ("POST", "/v1", 404),
        ("POST", "/v2/batch", 404),
        ("GET", "/v1/../healthz/x", 404),
        ("POST", "/api/customers", 405),
        ("DELETE", "/api/customers/00000000000000000000000000000000", 405),
        ("GET", "/api/nobody", 404),
        ("GET", "/api/customers/x/y", 404),
        ("POST", "/healthz", 405),
    ],
)
def test_wrong_methods_and_paths(installation: Running, method: str, path: str, status: int) -> None:
    answer = installation.http.request(method, path, content=b"{}" if method != "GET" else None)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "message"}
