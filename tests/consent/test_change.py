"""Changes of consent against a database: replays, merges, what waits, and that the pipeline says the same later."""

from itertools import count
from typing import Any

import psycopg
import pytest
from support.installation import RECEIVED, SECRET, SHOP, SITE, TILL, Installation, identify, track
from test_erasure import erase, everything

from regulars.consent import change, holds, stated, suppress
from regulars.consent.change import Means, Origin
from regulars.consent.export import export_consent
from regulars.consent.spoken import Choice, word_at
from regulars.consent.standing import Preferences, Standing, standings, standings_async
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import RULES
from regulars.model.identifier import Identifier
from regulars.profiles.reader import customer_page

NOW = RECEIVED + 3_600_000_000
_numbers = count(1)
PAGE = Origin("preference page")
ON, OFF = Choice(True, "marketing", "email"), Choice(False, "marketing", "email")


class Stopped:
    """Notes what was to be stopped."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []

    def __call__(
        self, connection: Any, customers: Any, why: str, now: int, *, channel: str = "", topic: str = "",
        purpose: str = "",
    ) -> int:  # fmt: skip
        assert list(customers)
        self.said.append((channel, topic, purpose))
        return 1


class Person:
    """Somebody of her own in each test: two addresses, and the account that the first belongs to."""

    def __init__(self, number: int) -> None:
        self.user = f"u{number}"
        self.mail = Identifier("email", "", f"ada{number}@mail.example")
        self.work = Identifier("email", "", f"ada{number}@work.example")
        self.phone = f"+4917012{number:05}"


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    return shared_installation


@pytest.fixture
def ada() -> Person:
    return Person(next(_numbers))


@pytest.fixture
def means() -> Means:
    return Means(SECRET, RULES, Stopped())


def known(installation: Installation, ada: Person, user: str = "", email: Identifier | None = None) -> bytes:
    """Let the shop know her, who agreed to be written to; her id."""
    user, address = user or ada.user, (email or ada.mail).value
    said = track("Consent Given", user, purpose="marketing", email=address)
    installation.send(SHOP, identify(user, email=address), said)
    found = installation.holder("email", address)
    assert found is not None
    return found


def standing(installation: Installation, customer: bytes) -> Standing:
    return standings(installation.connection, [customer], RULES, "UTC")[customer]


def code(installation: Installation, customer: bytes, topic: str = "", purpose: str = "marketing") -> str:
    return standing(installation, customer).permit("email", purpose, topic, NOW).code


def choose(installation: Installation, means: Means, customer: bytes, at: Identifier, *choices: Choice) -> int:
    with installation.connection.transaction():
        who = standing(installation, customer)
        address = next(each for each in who.addresses if each.identifier == at)
        return change.choose(installation.connection, means, customer, address, choices, PAGE, NOW)


def test_nobody_is_stopped_or_held_by_a_wrong_word(installation: Installation, ada: Person, means: Means) -> None:
    connection = installation.connection
    assert not holds.hold(connection, bytes(16), holds.QUESTION, "1", NOW)
    with pytest.raises(ValueError, match="must be one of"):
        holds.hold(connection, bytes(16), "whim", "1", NOW)
    with pytest.raises(ValueError, match="must be one of"):
        suppress.suppress(connection, SECRET, ada.mail, "whim", NOW, "test")
    assert suppress.never_contact(connection, bytes(16), NOW, "test") == 0
    assert not suppress.lift(connection, SECRET, ada.mail, "staff")
    assert standings(connection, [], RULES, "UTC") == {}
    assert standings(connection, [bytes(16)], RULES, "UTC")[bytes(16)].addresses == ()


def test_a_choice_holds_at_once_and_for_good(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    assert code(installation, customer) == ""
    choose(installation, means, customer, ada.mail, OFF, Choice(False, "marketing", topic="tips"))
    assert isinstance(means.stop, Stopped)
    assert means.stop.said == [("email", "", "marketing"), ("", "tips", "marketing")]
    for _ in range(2):
        assert code(installation, customer) == code(installation, customer, "tips") == "withdrawn"
        installation.step()
    choose(installation, means, customer, ada.mail, ON)
    for _ in range(2):
        assert (code(installation, customer), code(installation, customer, "tips")) == ("", "topic_off")
        installation.step()
    choose(installation, means, customer, ada.mail, Choice(True, "marketing", topic="tips"))
    for _ in range(2):
        assert code(installation, customer, "tips") == ""
        installation.step()
    assert installation.connection.execute("SELECT count(*) FROM rejected").fetchone() == (0,)


def test_one_click_replayed_says_one_word(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    connection = installation.connection
    said = []
    for _ in range(3):
        with connection.transaction():
            said.append(change.unsubscribe(connection, means, ada.mail, customer, "email", PAGE, NOW))
    installation.step()
    with connection.transaction():
        said.append(change.unsubscribe(connection, means, ada.mail, customer, "email", PAGE, NOW))
    assert said == [1, 0, 0, 0]
    assert code(installation, customer) == "withdrawn"
    assert code(installation, customer, purpose="service") == ""
    installation.send(
        SHOP, track("Consent Given", ada.user, purpose="marketing", channel="email", email=ada.mail.value)
    )
    again = {"timestamp": "2026-03-15T12:00:00Z"}
    later = track("Consent Given", ada.user, purpose="marketing", channel="email", email=ada.mail.value)
    installation.send(SHOP, {**later, **again})
    with connection.transaction():
        change.unsubscribe(connection, means, ada.mail, customer, "email", PAGE, NOW)
    assert code(installation, customer) == "withdrawn"


def test_an_address_of_nobody_can_be_unsubscribed(installation: Installation, ada: Person, means: Means) -> None:
    with installation.connection.transaction():
        assert change.unsubscribe(installation.connection, means, ada.mail, b"", "email", PAGE, NOW) == 1
    customer = known(installation, ada)
    assert code(installation, customer) == "withdrawn"


def test_on_lifts_a_wider_no_and_nothing_else(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    phone = {"phone": ada.phone}
    installation.send(
        SHOP,
        identify(ada.user, **phone),
        track("Consent Given", ada.user, purpose="marketing", channel="sms", **phone),
        track("Consent Given", ada.user, purpose="surveys", channel="email"),
        track("Consent Withdrawn", ada.user),
    )
    assert code(installation, customer) == code(installation, customer, purpose="service") == "withdrawn"
    choose(installation, means, customer, ada.mail, ON)
    installation.step()
    assert code(installation, customer) == ""
    who = standing(installation, customer)
    assert who.permit("sms", "marketing").code == who.permit("email", "surveys").code == "withdrawn"


def test_no_merge_restores_what_was_withdrawn(installation: Installation, ada: Person, means: Means) -> None:
    one = known(installation, ada)
    installation.send(TILL, identify("", email=ada.work.value))
    two = installation.holder("email", ada.work.value)
    assert two is not None
    assert two != one
    choose(installation, means, two, ada.work, OFF)
    assert code(installation, one) == ""
    installation.send(SHOP, identify(ada.user, email=ada.work.value))
    customer = installation.holder("email", ada.work.value)
    assert customer is not None
    assert customer == installation.holder("email", ada.mail.value)
    assert code(installation, customer) == "withdrawn"
    choose(installation, means, customer, ada.work, ON)
    assert standing(installation, customer).permit("email", "marketing", at=NOW).allowed


def test_lifting_from_another_address_permits_nothing(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    installation.send(SHOP, identify(ada.user, email=ada.work.value))
    choose(installation, means, customer, ada.work, OFF)
    assert code(installation, customer) == "withdrawn"
    choose(installation, means, customer, ada.mail, ON)
    assert standing(installation, customer).permit("email", "marketing", at=NOW).address == ada.mail
    suppress.suppress(installation.connection, SECRET, ada.mail, suppress.BOUNCE, NOW, "test")
    assert code(installation, customer) == "suppressed"


def test_a_public_key_brings_nobodys_words_upon_her(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    bob = known(installation, ada, f"{ada.user}b", ada.work)
    choose(installation, means, bob, ada.work, OFF)
    installation.send(SITE, identify(ada.user, "cookie", email=ada.work.value))
    assert code(installation, customer) == ""


def test_never_contact_and_back(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    connection = installation.connection
    assert suppress.never_contact(connection, customer, NOW, "user:1", "asked at the till") == 2
    assert suppress.never_contact(connection, customer, NOW, "user:1") == 0
    assert code(installation, customer, purpose="service") == "suppressed"
    assert suppress.contact_again(connection, customer) == 2
    assert code(installation, customer) == ""


def test_preferences_follow_her(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    wanted = Preferences(NOW + 60_000_000, 1260, 480, "Europe/Berlin", True, "de")
    connection = installation.connection
    address = standing(installation, customer).addresses[0]
    with connection.transaction():
        assert change.prefer(connection, means, customer, address, wanted, NOW)
        assert not change.prefer(connection, means, customer, address, wanted, NOW)
    installation.step()
    found = standing(installation, customer)
    assert (found.preferences, found.zone) == (wanted, "Europe/Berlin")
    assert found.permit("email", "marketing", at=NOW).again == NOW + 60_000_000
    assert isinstance(means.stop, Stopped)
    assert means.stop.said == [("", "", "marketing")]
    with connection.transaction():
        change.prefer(connection, means, customer, address, Preferences(), NOW)
    assert code(installation, customer) == ""


def test_an_open_question_holds_promotions(installation: Installation, ada: Person) -> None:
    customer = known(installation, ada)
    connection = installation.connection
    assert holds.hold(connection, customer, holds.QUESTION, "q1", NOW)
    assert code(installation, customer) == "question_open"
    assert holds.release(connection, holds.QUESTION, "q1")
    assert not holds.release(connection, holds.QUESTION, "q1")
    assert code(installation, customer) == ""


def test_what_she_states_outranks_the_shop(installation: Installation, ada: Person) -> None:
    customer = known(installation, ada)
    with installation.connection.transaction():
        stated.state(installation.connection, RULES, ada.mail, {"sizes": {"Shoes": "39"}}, NOW)
    installation.send(SHOP, {**identify(ada.user, sizes={"Shoes": "44"}), "timestamp": "2026-03-16T12:00:00Z"})

    async def sizes(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> Any:
        page = await customer_page(connection, customer)
        assert page is not None
        return page.traits["sizes"]

    found = installation.read(sizes)
    assert (found.value, found.source) == ({"Shoes": "39"}, "herself")


def test_both_ways_of_reading_agree(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    choose(installation, means, customer, ada.mail, OFF)
    found = installation.read(lambda connection: standings_async(connection, [customer, bytes(16)], RULES, "UTC"))
    assert found == standings(installation.connection, [customer, bytes(16)], RULES, "UTC")


def test_an_erasure_leaves_a_keyed_suppression_only(installation: Installation, ada: Person, means: Means) -> None:
    customer = known(installation, ada)
    connection = installation.connection
    choose(installation, means, customer, ada.mail, OFF)
    with connection.transaction():
        address = standing(installation, customer).addresses[0]
        change.prefer(connection, means, customer, address, Preferences(less_often=True), NOW)
        stated.state(connection, RULES, ada.mail, {"brands": ["Lovelace"]}, NOW)
    holds.hold(connection, customer, holds.CASE, "c1", NOW)
    suppress.suppress(connection, SECRET, ada.mail, suppress.COMPLAINT, NOW, "test")
    exported = installation.read(lambda reading: export_consent(reading, customer))
    assert [each["word"] for each in exported["consent_words"]] == ["withdrawn"]
    assert exported["suppressions"][0]["reason"] == "complaint"
    assert exported["preferences"][0]["less_often"] is True
    installation.step()
    keys = [each.key for each in standing(installation, customer).addresses]
    erase(installation, "email", ada.mail.value)
    left = everything(installation)
    assert ada.mail.value not in left
    assert "Lovelace" not in left
    for table in ("consent_words", "preferences", "consent_holds"):
        assert connection.execute(f"SELECT FROM {table} WHERE key = ANY(%s)", (keys,)).fetchall() == []
    again = known(installation, ada, f"{ada.user}c")
    assert code(installation, again) == "suppressed"
    kept = connection.execute("SELECT key FROM suppressions WHERE key = ANY(%s)", (keys,)).fetchall()
    assert kept == [(identifier_key(ada.mail, SECRET),)]


def test_words_of_somebody_unknown_yet(installation: Installation, ada: Person, means: Means) -> None:
    word = word_at(ada.mail, Choice(True, "marketing", "email"))
    with installation.connection.transaction():
        assert change.speak(installation.connection, means, b"", [word], Origin("claim page"), NOW) == 1
    installation.step()
    customer = installation.holder("email", ada.mail.value)
    assert customer is not None
    assert code(installation, customer) == ""
