"""An erasure forgets one person and nobody else, for good."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from psycopg import sql
from support.frames import contents
from support.installation import RECEIVED, SHOP, SITE, TILL, Installation, identify, track

import regulars.app
from regulars.app import DIGEST
from regulars.collection.receive import keep as keep_call
from regulars.collection.redaction import IpPolicy
from regulars.collection.tracked import tracked_calls
from regulars.erasure import Record, erasure_frame, missing
from regulars.identity.queries import KEYS_OF
from regulars.model.frame import Frame
from regulars.pipeline import Pipeline
from regulars.simulation.hard import generate
from regulars.storage import log
from regulars.storage.database import connect
from regulars.storage.digest import Digest, digest
from regulars.storage.erasures import FILE, keep, kept
from regulars.storage.queries import start_cursor
from regulars.storage.shadow import SHADOW_SCHEMA
from regulars.storage.sources import register

ADA = ("ada@mail.example", "ADA@mail", "+12025550143", "202) 555-0143", "ada-user", "ADACARD77", "cookie-of-ada")


def digest_of(installation: Installation) -> Digest:
    return digest(installation.connection, installation.context.rules_name, DIGEST)


def request(installation: Installation, customer: bytes) -> None:
    """Append the record of an erasure without taking it in."""
    keys = [row[0] for row in installation.connection.cursor(binary=True).execute(KEYS_OF, (customer,))]
    log.append(installation.connection, [[erasure_frame(customer, keys, RECEIVED)]])


def erase(installation: Installation, type_: str, value: str) -> bytes:
    customer = installation.holder(type_, value)
    assert customer is not None
    request(installation, customer)
    installation.step()
    return customer


def test_what_a_killed_rebuild_left_goes_with_her(installation: Installation) -> None:
    connection = installation.connection
    installation.send(SHOP, identify("u1", email="ada@mail.example"))
    regulars.app.schema().create_derived(installation.conninfo, SHADOW_SCHEMA)
    connection.execute(f"INSERT INTO {SHADOW_SCHEMA}.identifiers SELECT * FROM identifiers")
    erase(installation, "email", "ada@mail.example")
    assert connection.execute("SELECT to_regnamespace(%s)", (SHADOW_SCHEMA,)).fetchone() == (None,)


def rebuilt(installation: Installation) -> Digest:
    """The digest of all that is made anew from the log, in a schema of its own."""
    regulars.app.schema().create_derived(installation.conninfo, "anew")
    with connect(installation.conninfo, "anew", autocommit=True) as connection:
        start_cursor(connection, installation.context.rules_name)
        pipeline = Pipeline(connection, installation.context)
        while pipeline.step():
            pass
        found = digest(connection, installation.context.rules_name, DIGEST)
        connection.execute("DROP SCHEMA anew CASCADE")
    return found


def same_again(installation: Installation) -> None:
    old, new = digest_of(installation), rebuilt(installation)
    assert {name for name in old.parts if old.parts[name] != new.parts[name]} == set()


def everything(installation: Installation) -> str:
    """All rows of all tables, and the log's frames decompressed."""
    connection = installation.connection
    found = []
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('regulars', 'derived')"
    ).fetchall()
    for schema, table in tables:
        rows = connection.cursor(binary=True).execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
        for row in rows:
            for value in row:
                raw = bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
                if raw[:4] == zstandard.FRAME_HEADER:
                    raw = zstandard.ZstdDecompressor().decompress(raw)
                found.append(raw.decode("utf-8", "replace"))
    return "\n".join(found)


def ada(installation: Installation) -> None:
    installation.send(
        SHOP,
        identify("ada-user", "cookie-of-ada", email="Ada@Mail.example", phone="(202) 555-0143", name="Ada Lovelace"),
        track("Product Viewed", "ada-user", product_id="mug"),
        track("Order Completed", "ada-user", order_id="o-ada", total=12, currency="USD", note="for Ada Lovelace"),
        track("Consent Given", "ada-user", purpose="news"),
    )
    installation.send(TILL, track("Order Completed", order_id="t-1", total=3, traits={"loyalty_id": "adacard77"}))
    installation.send(SHOP, identify("ada-user", loyalty_id="adacard77"))
    installation.send(SITE, track("Product Viewed", anonymous="cookie-of-ada", product_id="hat"))


def bob(installation: Installation) -> None:
    installation.send(
        SHOP,
        identify("bob-user", email="bob@mail.example", name="Bob"),
        track("Order Completed", "bob-user", order_id="o-bob", total=5, currency="USD", gift_for="ada@mail.example"),
        track("Product Viewed", "bob-user", product_id="mug"),
        track("Cart Viewed", "bob-user", seen_with="call 202.555.0143"),
    )
    both = {"loyalty_id": "ada-card 77", "email": "bob@mail.example"}
    installation.send(TILL, track("Order Completed", order_id="t-bob", total=4, traits=both))


def test_nothing_of_her_stays_and_others_keep_their_facts(installation: Installation) -> None:
    ada(installation)
    bob(installation)
    installation.send(SHOP, b'{"type":"track","event":7,"userId":"ada-user","properties":{"n":"Ada Lovelace"}}')
    assert "ada@mail.example" in everything(installation)
    kept = installation.holder("user_id", "bob-user")
    old = erase(installation, "email", "ada@mail.example")
    text = everything(installation)
    assert [value for value in (*ADA, "Ada Lovelace", "o-ada") if value.lower() in text.lower()] == []
    assert installation.holder("user_id", "bob-user") == kept
    assert text.count("[erased]") > 4 and "o-bob" in text and "t-bob" in text
    assert len(contents(installation.connection)["events"]) == 5
    assert old.hex() in text
    same_again(installation)


def test_what_is_sent_again_does_not_bring_her_back(installation: Installation) -> None:
    ada(installation)
    bob(installation)
    frames = [frame for row in log.read(installation.connection, 0, 1000) for frame in row.frames]
    erase(installation, "user_id", "ada-user")
    before = digest_of(installation)
    log.append(installation.connection, [frames])
    installation.step()
    assert digest_of(installation) == before
    assert contents(installation.connection)["rejected"] == []
    same_again(installation)


def test_who_comes_back_is_a_new_person(installation: Installation) -> None:
    ada(installation)
    old = erase(installation, "user_id", "ada-user")
    installation.send(SHOP, identify("ada-user", email="ada@mail.example"))
    new = installation.holder("email", "ada@mail.example")
    assert new is not None and new != old and new == installation.holder("user_id", "ada-user")
    same_again(installation)
    assert erase(installation, "user_id", "ada-user") == new
    installation.send(SHOP, identify("ada-user", email="ada@mail.example"))
    assert installation.holder("email", "ada@mail.example") not in (old, new)
    same_again(installation)


@pytest.mark.parametrize("source", [SHOP, SITE])
def test_a_shared_tablet_does_not_merge_the_others(installation: Installation, source: Any) -> None:
    tablet = {"context": {"externalIds": [{"type": "device_id", "id": "family-tablet"}]}}
    for name in ("ada", "bob", "cid", "dee"):
        installation.send(source, {**identify(f"{name}-user"), **tablet})
    assert installation.holder("device_id", "family-tablet") is None
    erase(installation, "user_id", "ada-user")
    assert installation.holder("device_id", "family-tablet") is None
    same_again(installation)
    installation.send(source, {**identify("bob-user"), **tablet})
    assert installation.holder("device_id", "family-tablet") is None
    same_again(installation)


def test_a_phone_of_three_does_not_bridge_the_two_left(installation: Installation) -> None:
    phone = "+1 202 555 0188"
    installation.send(SHOP, identify("ada-user", phone=phone))
    installation.send(TILL, track("Order Completed", order_id="1", traits={"loyalty_id": "K1", "phone": phone}))
    installation.send(
        SHOP, track("Order Completed", order_id="2", traits={"email": "bob@mail.example", "phone": phone})
    )
    one, two = installation.holder("loyalty_id", "K1"), installation.holder("email", "bob@mail.example")
    assert one != two
    erase(installation, "user_id", "ada-user")
    assert (installation.holder("loyalty_id", "K1"), installation.holder("email", "bob@mail.example")) == (one, two)
    same_again(installation)


def test_the_log_keeps_places_and_counts(installation: Installation) -> None:
    ada(installation)
    bob(installation)
    before = [
        (row.seq, row.n, [frame.items for frame in row.frames]) for row in log.read(installation.connection, 0, 99)
    ]
    erase(installation, "user_id", "ada-user")
    rows = log.read(installation.connection, 0, 99)
    assert [(row.seq, row.n, [frame.items for frame in row.frames]) for row in rows[:-1]] == before
    record = json.loads(rows[-1].frames[0].body)
    assert record["done"] and record["customers"] and set(record) <= set(Record.__struct_fields__)
    assert len(rows[0].frames[0].marks) == 4 and all(mark.gone for mark in rows[0].frames[0].marks)


def test_in_a_hard_town_a_rebuild_agrees(installation: Installation, tmp_path: Path) -> None:
    generate(60, 60, 21, tmp_path)
    sources, calls = tracked_calls(tmp_path)
    for source in sources:
        register(installation.connection, source)
    frames = [keep_call(source, "import", body, received, IpPolicy.MASK) for source, received, body in calls]
    log.append(installation.connection, [frames[n : n + 40] for n in range(0, len(frames), 40)])
    installation.step()
    customers = installation.connection.execute(
        "SELECT customer FROM identifiers WHERE customer IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
    ).fetchall()
    for (customer,) in [*customers[:4], *customers[20:24]]:
        request(installation, bytes(customer))
    installation.step()
    same_again(installation)
    before = digest_of(installation)
    log.append(installation.connection, [frames])
    installation.step()
    assert digest_of(installation) == before
    same_again(installation)


def test_cut_short_it_is_done_again_from_the_start(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    ada(installation)
    bob(installation)
    customer = installation.holder("user_id", "ada-user")
    assert customer is not None
    request(installation, customer)
    before = contents(installation.connection)

    def broken(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("regulars.identity.erase.note_erased", broken)
        with pytest.raises(InterruptedError):
            installation.step()
    assert contents(installation.connection) == before
    assert "ada@mail.example" in everything(installation)
    Pipeline(installation.connection, installation.context).step()
    assert [value for value in ADA if value.lower() in everything(installation).lower()] == []
    same_again(installation)


def test_a_rebuild_that_comes_first_erases_too(installation: Installation) -> None:
    ada(installation)
    bob(installation)
    customer = installation.holder("user_id", "ada-user")
    assert customer is not None
    request(installation, customer)
    new = rebuilt(installation)
    installation.step()
    assert digest_of(installation).parts == new.parts
    assert [value for value in ADA if value.lower() in everything(installation).lower()] == []


def test_a_hand_made_link_of_hers_goes(installation: Installation) -> None:
    ada(installation)
    bob(installation)
    ends = [{"type": "user_id", "space": "shop", "value": f"{name}-user"} for name in ("ada", "bob")]
    body = json.dumps({"control": "link", "a": ends[0], "b": ends[1], "word": "cannot"}).encode()
    log.append(installation.connection, [[Frame("hand", 1, RECEIVED, "control", body)]])
    installation.step()
    assert len(contents(installation.connection)["links"]) == 1
    erase(installation, "user_id", "ada-user")
    assert contents(installation.connection)["links"] == []
    assert "ada-user" not in everything(installation)
    same_again(installation)


def alias(user: str, previous: str, anonymous: str = "", **more: Any) -> dict[str, Any]:
    who = {"userId": user, "previousId": previous}
    return {"type": "alias", **who, **({"anonymousId": anonymous} if anonymous else {}), **more}


@pytest.mark.parametrize("earlier", [False, True])
def test_an_alias_that_she_said_about_others_goes_with_her(installation: Installation, earlier: bool) -> None:
    ada(installation)
    if earlier:
        # Theirs by themselves: what she said only overruled it.
        installation.send(SHOP, alias("bob-user", "bob-old"))
    installation.send(SHOP, identify("bob-user", name="Bob"), identify("bob-old"))
    mine = {"context": {"externalIds": [{"type": "device_id", "id": f"phone-{n}"} for n in range(3)]}}
    installation.send(SHOP, *[{**identify("ada-user", "cookie-of-ada"), **mine} for _ in range(9)])
    installation.send(SHOP, alias("bob-user", "bob-old", "cookie-of-ada", **mine))
    assert len(contents(installation.connection)["links"]) == 2
    assert installation.holder("user_id", "bob-user") == installation.holder("user_id", "bob-old")
    erase(installation, "email", "ada@mail.example")
    assert len(contents(installation.connection)["links"]) == 2 * earlier
    joined = installation.holder("user_id", "bob-user") == installation.holder("user_id", "bob-old")
    assert joined is earlier
    same_again(installation)


def test_an_erasure_the_log_does_not_hold_is_found_in_the_file(installation: Installation, tmp_path: Path) -> None:
    ada(installation)
    customer = installation.holder("user_id", "ada-user")
    assert customer is not None and kept(tmp_path / FILE) == []
    keys = [row[0] for row in installation.connection.cursor(binary=True).execute(KEYS_OF, (customer,))]
    frame = erasure_frame(customer, keys, RECEIVED)
    keep(tmp_path, RECEIVED, frame.body)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"at":1,"rec')
    assert "ada" not in (tmp_path / FILE).read_text()
    assert missing(installation.connection, kept(tmp_path / FILE)) == [frame]
    log.append(installation.connection, [[frame]])
    installation.step()
    assert missing(installation.connection, kept(tmp_path / FILE)) == []
