import pytest
from support.installation import POLICY, SECRET, SHOP, SITE, TILL, Installation, identify

from regulars.identity.lookup import BadLookup, Found, Wanted, current_id, look_up, wanted


def found(installation: Installation, text: str) -> Found:
    return installation.read(lambda connection: look_up(connection, wanted(text), POLICY, SECRET))


def current(installation: Installation, id: bytes) -> bytes | None:
    return installation.read(lambda connection: current_id(connection, id, SECRET))


@pytest.mark.parametrize(
    "text",
    ["", "  ", "email", "email:", ":x", "email: ", "x" * 10_000, "email:a\0b", "email:\ud800", "abc", "a\nb:c", "…:x"],
)
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(BadLookup):
        wanted(text)


def test_a_value_that_is_too_long_is_refused(installation: Installation) -> None:
    with pytest.raises(BadLookup, match="256"):
        found(installation, "email:" + "x" * 300)


def test_a_customer_id_is_32_digits() -> None:
    assert wanted("AB" * 16) == Wanted(b"\xab" * 16)
    assert wanted("email:AB") == Wanted(b"", "email", "AB")
    assert wanted("loyaltyId: 7") == Wanted(b"", "loyalty_id", " 7")


def test_nobody_is_known_yet(installation: Installation) -> None:
    assert found(installation, "email:ada@shop.example") == Found()
    assert found(installation, "ab" * 16) == Found()


def test_a_blocked_value_says_so(installation: Installation) -> None:
    assert "placeholder" in found(installation, "user_id:null").note


def test_values_are_found_however_they_are_spelt(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="Ada.Lovelace@Shop-Mail.example", loyalty_id="AB-12 34"))
    ada = installation.holder("user_id", "u1")
    for text in ("email: ada.lovelace@shop-mail.EXAMPLE", "loyalty_id:ab1234", "user_id:u1", "user_id:shop:u1"):
        assert found(installation, text).customers == (ada,)
    assert found(installation, "user_id:till:u1").customers == ()
    assert found(installation, ada.hex() if ada else "").customers == (ada,)


def test_one_value_in_two_spaces(installation: Installation) -> None:
    installation.send(SHOP, identify("17", email="ada@mail.example"))
    installation.send(TILL, identify("17", email="bob@mail.example"))
    both = found(installation, "user_id:17")
    assert len(both.customers) == 2
    assert {each.identifier.space for each in both.holdings} == {"shop", "till"}
    assert found(installation, "user_id:till:17").customers == found(installation, "email:bob@mail.example").customers


def test_a_colon_may_belong_to_the_value(installation: Installation) -> None:
    installation.send(SHOP, identify("urn:user:17"))
    assert len(found(installation, "user_id:urn:user:17").customers) == 1
    assert len(found(installation, "user_id:shop:urn:user:17").customers) == 1


def test_a_shared_value_leads_to_its_record_or_to_who_is_near(installation: Installation) -> None:
    installation.send(SHOP, *(identify(f"u{n}", phone="+1 202 555 0143") for n in (1, 2, 3)))
    shared = found(installation, "phone:+12025550143")
    assert shared.customers == () and "shared" in shared.note
    assert set(shared.near) == {installation.holder("user_id", f"u{n}") for n in (1, 2, 3)}
    installation.send(SHOP, {"type": "identify", "traits": {"phone": "+1 202 555 0143"}})
    record = found(installation, "phone:+12025550143")
    assert len(record.customers) == 1 and record.holdings[0].shared
    assert set(record.near) == set(shared.near)


def test_an_old_id_leads_over_merges(installation: Installation) -> None:
    installation.send(SHOP, {"type": "track", "event": "A", "context": {"traits": {"email": "ada@mail.example"}}})
    by_mail = installation.holder("email", "ada@mail.example")
    installation.send(TILL, {"type": "track", "event": "B", "context": {"traits": {"loyalty_id": "777123"}}})
    by_card = installation.holder("loyalty_id", "777123")
    installation.send(SHOP, identify("u1", email="ada@mail.example", loyalty_id="777123"))
    ada = installation.holder("user_id", "u1")
    assert by_mail and by_card and ada and by_mail != by_card
    assert current(installation, by_mail) == current(installation, by_card) == ada
    assert current(installation, ada) == ada


def test_the_id_of_a_cookie_leads_to_who_it_turned_out_to_be(installation: Installation) -> None:
    installation.send(SITE, {"type": "page", "anonymousId": "cookie-1"})
    visitor = installation.holder("anonymous_id", "cookie-1")
    installation.send(SITE, identify("u1", "cookie-1"))
    assert visitor and current(installation, visitor) == installation.holder("user_id", "u1") != visitor


def test_where_the_anchor_became_shared_most_members_decide(installation: Installation) -> None:
    installation.send(SHOP, {"type": "track", "event": "A", "context": {"traits": {"email": "family@mail.example"}}})
    old = installation.holder("email", "family@mail.example")
    installation.send(SHOP, *(identify(f"u{n}", email="family@mail.example") for n in (1, 2)))
    assert old and installation.holder("email", "family@mail.example") is None
    record = found(installation, "email:family@mail.example").customers
    assert record and current(installation, old) == record[0]


def test_members_decide_for_a_shared_anchor(installation: Installation) -> None:
    traits = {"email": "home@mail.example", "loyalty_id": "881"}
    installation.send(SHOP, {"type": "track", "event": "A", "context": {"traits": traits}})
    old = installation.holder("loyalty_id", "881")
    installation.send(SHOP, *(identify(f"u{n}", email="home@mail.example") for n in (1, 2)))
    installation.send(SHOP, identify("u2", loyalty_id="881"))
    assert old and current(installation, old) == installation.holder("loyalty_id", "881")
