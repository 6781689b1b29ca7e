"""Home says what is, what needs a person, and only to those who can do something about it."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify
from support.running import now
from support.site import add_user, run, session_of

from regulars.model.source import Trust
from regulars.model.user import Role
from regulars.storage import imports, users
from regulars.storage.acting import ActingState
from regulars.storage.key_list import Key, Sender
from regulars.storage.needs import needs
from regulars.storage.sources import create_key
from regulars.web import kept
from regulars.web.formats import Formats
from regulars.web.home_signs import acting, is_silent
from regulars.web.kept import Kept
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]
DAY = 86_400 * 1_000_000
MINUTE = 60 * 1_000_000


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    options = SiteOptions(limited=("browsing", "audit"))
    with TestClient(create_server(installation.conninfo, SECRET, site=options)) as made:
        yield made


def home(client: Client, installation: Installation, role: Role) -> str:
    id, _ = add_user(installation, role)
    return client.get("/", headers={"Cookie": f"session={session_of(installation, id)}"}).text


def test_an_owner_is_shown_how_to_begin(client: Client, installation: Installation) -> None:
    text = home(client, installation, Role.OWNER)
    assert 'href="/sources">Make a key' in text and "/v1/identify" in text
    assert "How to begin" not in home(client, installation, Role.ANALYST)


def test_what_could_not_be_read_is_for_those_who_look_after_it(client: Client, installation: Installation) -> None:
    installation.send(SHOP, b'{"type":"track"}')
    # It was received when the tests' clock stood; what came today counts.
    installation.connection.execute("UPDATE rejected SET received = %s", (_micros(),))
    for role in Role:
        text = home(client, installation, role)
        assert "1 event today" in text
        assert ('href="/rejected">See why' in text) == (role in (Role.OWNER, Role.ANALYST))


def test_it_follows_the_pipeline(client: Client, installation: Installation) -> None:
    id, _ = add_user(installation, Role.CARE)
    cookie = {"Cookie": f"session={session_of(installation, id)}"}
    assert "Nothing happened yet today" in client.get("/", headers=cookie).text
    installation.send(
        SHOP, {**identify("u-1"), "timestamp": now(-2), "context": {"page": {"url": "https://x.example"}}}
    )
    installation.connection.execute("UPDATE events SET time = %s, received = %s", (_micros(), _micros()))
    text, deadline = "", time.monotonic() + 30
    # On a busy machine the figures are kept for a little longer.
    while not ("100%" in text and "Web" in text):
        assert time.monotonic() < deadline
        text = client.get("/", headers=cookie).text
        time.sleep(0.05)


def test_what_needs_a_person(installation: Installation) -> None:
    def found(limited: tuple[str, ...] = ()) -> Any:
        return run(installation, lambda connection: needs(connection, limited, _micros()))

    assert found(("browsing",)) == type(found())(0, 0, 0, 0, ())
    installation.send(SHOP, identify("u-1"))
    run(installation, lambda connection: users.add_user(connection, "new@shop.example", "New", Role.CARE))
    with_run = imports.open_run(installation.connection, "events", [("shop", 1)], [], "")
    installation.connection.execute("UPDATE log SET received = 1")
    assert found(("browsing", "audit")) == type(found())(1, 0, 0, 1, ("browsing", "audit"))
    # Whoever is at a run holds it, and then it is not interrupted.
    assert imports.hold(installation.connection, with_run.id)
    assert found().interrupted == 0
    imports.let_go(installation.connection, with_run.id)
    assert found().interrupted == 1


@pytest.mark.parametrize(
    ("made", "revoked", "last", "silent"),
    [(0, None, 0, True), (0, None, 99, False), (98, None, 0, False), (0, 50, 0, False), (0, None, 97, True)],
)
def test_a_silent_source(made: int, revoked: int | None, last: int, silent: bool) -> None:
    key = Key("ab", "secret", "till", "sk_1234", made * DAY // 2, revoked)
    sender = Sender("till", Trust.SERVER, "main", 0, (key,), last * DAY // 2, 0)
    assert is_silent(sender, 100 * DAY // 2) == silent or revoked is not None


def test_keys_are_made_revoked_and_given_back(client: Client, installation: Installation) -> None:
    create_key(installation.connection, "write", "web")
    id, _ = add_user(installation, Role.OWNER)
    cookie = {"Cookie": f"session={session_of(installation, id)}"}
    text = client.get("/sources", headers=cookie).text
    assert "wk_" in text and "Silent" not in text
    (name,) = [part.split("/revoke")[0] for part in text.split("/sources/keys/")[1:]]
    assert len(name) == 16


def test_what_takes_long_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "TIMES", 0.0)
    asked: list[int] = []
    gate = asyncio.Event()

    async def find() -> int:
        asked.append(len(asked))
        if len(asked) > 1:
            await gate.wait()
        await asyncio.sleep(0.06)
        return asked[-1]

    async def within() -> None:
        figures: Kept[int] = Kept()
        together = await asyncio.gather(*(figures.get("", 1, find) for _ in range(5)))
        assert set(together) == {0} and asked == [0]
        assert await figures.get("", 1, find) == 0 and asked == [0]
        assert await figures.get("", 2, find) == 0, "the old one is given while the new one is found"
        gate.set()
        while await figures.get("", 2, find) == 0:
            await asyncio.sleep(0.01)
        assert asked == [0, 1]

    asyncio.run(within())


def test_a_question_that_fails_is_asked_again() -> None:
    async def fails() -> int:
        raise TimeoutError

    async def works() -> int:
        return 7

    async def within() -> None:
        figures: Kept[int] = Kept()
        with pytest.raises(TimeoutError):
            await figures.get("", 1, fails)
        assert await figures.get("", 1, works) == 7

    asyncio.run(within())


def _micros() -> int:
    return time.time_ns() // 1000


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (ActingState(False, (), 0, 0, 0, 0, "", 0, 0, 0), "warning", "does not run"),
        (ActingState(False, (), 0, 2, 2, 1, "", 0, 0, 0), "bad", "2 messages should be"),
        (ActingState(True, (), DAY - 1, 3, 1, DAY - MINUTE, "", 0, 0, 0), "good", "3 messages in the outbox"),
        (ActingState(True, (), DAY, 3, 1, DAY - 10 * MINUTE, "421", 0, 0, 0), "warning", "10 minutes ago: 1 message."),
        (
            ActingState(True, (), DAY, 0, 0, 0, "", 0, 4, DAY - 10 * MINUTE),
            "warning",
            "4 steps of journeys and campaigns.",
        ),
    ],
)
def test_what_acts_is_told(state: ActingState, kind: str, words: str) -> None:
    sign = acting(state, DAY, Formats("en-GB", "UTC"))
    assert sign.kind == kind and words in sign.words


def test_home_says_that_nothing_acts(client: Client, installation: Installation) -> None:
    text = home(client, installation, Role.MARKETER)
    assert "Nothing is sent" in text and "regulars doctor" in text
