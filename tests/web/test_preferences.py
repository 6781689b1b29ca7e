"""The customer's own page: forged, old and other people's links first, then what she decides there."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, TILL, Installation, identify, track
from test_erasure import erase

from regulars.app import EXPORT
from regulars.consent import suppress
from regulars.consent.links import DAY, preferences_path, token_of, unsubscribe_path
from regulars.consent.standing import Standing, standings
from regulars.decisioning import outbox
from regulars.erasure import erasure_frame
from regulars.identity.rules import RULES
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage import log
from regulars.web.composed import Composed
from regulars.web.limiter import Limiter
from regulars.web.masked import masked
from regulars.web.server import create_server

Client = TestClient[Any]
NOW = time.time_ns() // 1000
EVIL = '"><script>alert(1)</script>'
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
_numbers = count(1)


class Ada:
    """Somebody whom the shop knows, another one in each test, and her link."""

    def __init__(self, installation: Installation) -> None:
        number = next(_numbers)
        self.installation = installation
        self.user, self.phone = f"user-{number}", f"+4930123{number:05}"
        self.mail = Identifier("email", "", f"ada{number}@mail.example")
        said = {"email": self.mail.value, "purpose": "marketing", "channel": "email"}
        lines = [{"product_id": f"tea-{number}", "name": "Tea"}]
        installation.send(
            SHOP,
            identify(self.user, email=self.mail.value, phone=self.phone, name="Ada L.", street="Secret Lane 1"),
            track("Consent Given", self.user, **said),
            track("Order Completed", self.user, order_id=f"o-{number}", total=5, currency="EUR", products=lines),
        )
        self.order, self.product = f"o-{number}", f"tea-{number}"
        self.path = preferences_path(SECRET, self.mail, NOW)

    @property
    def standing(self) -> Standing:
        """As she stands now."""
        customer = self.installation.holder("email", self.mail.value)
        assert customer is not None
        return standings(self.installation.connection, [customer], RULES, "UTC")[customer]

    def code(self, channel: str = "email", topic: str = "") -> str:
        """Why nothing may be sent to her; '' where it may."""
        return self.standing.permit(channel, "marketing", topic, NOW).code


@pytest.fixture(scope="module")
def client(shared_installation: Installation) -> Iterator[Client]:

    def forget(customer: bytes, keys: list[bytes]) -> None:
        log.append(shared_installation.connection, [[erasure_frame(customer, keys, time.time_ns() // 1000)]])
        shared_installation.step()

    composed = Composed(shared_installation.context.rules_name, EXPORT, forget)
    with TestClient(create_server(shared_installation.conninfo, SECRET, composed=composed)) as made:
        made.follow_redirects = False
        made.headers["Accept"] = "text/html"
        yield made


@pytest.fixture
def ada(shared_installation: Installation) -> Ada:
    shared_installation.connection.execute("DELETE FROM failed_sign_ins")
    return Ada(shared_installation)


def messages(*names: str) -> dict[str, str]:
    """The form of what she hears, with these switched on."""
    on = ("kind.marketing.news", "kind.marketing.reminders", "kind.marketing.back-in-store", "kind.marketing.tips")
    return {"do": "messages", **dict.fromkeys((*(names or (*on, "by.marketing.email", "personal")),), "on")}


def test_a_link_that_is_none(client: Client, ada: Ada) -> None:
    token = ada.path.removeprefix("/me/")
    other = preferences_path(Secret(bytes(32)), ada.mail, NOW).removeprefix("/me/")
    for wrong in (token[:-2] + "xy", token[:20], other, "%00%0d%0aSet-Cookie:x=1"):
        answers = [client.get(f"/me/{wrong}"), client.get(f"/me/{wrong}/unsubscribe")]
        for rest in ("", "/unsubscribe", "/data", "/delete"):
            answers.append(client.post(f"/me/{wrong}{rest}", data={**ONE_CLICK, "proof": ada.mail.value, "do": "stop"}))
        assert {each.status_code for each in answers} <= {400, 404, 429}
        assert all("set-cookie" not in each.headers or "x=1" not in each.headers["set-cookie"] for each in answers)
    assert ada.code() == ""


def test_who_tries_many_links_has_to_wait(client: Client, ada: Ada) -> None:
    codes = [client.get(f"/me/{'A' * 47}{n % 10}").status_code for n in range(22)]
    assert codes[0] == 404
    assert codes[-1] == 429
    assert client.get(ada.path).status_code == 200


def test_one_link_too_often(ada: Ada) -> None:
    limiter = Limiter(2, 60)
    assert [limiter.lets(b"a"), limiter.lets(b"a"), limiter.lets(b"a"), limiter.lets(b"b")] == [True, True, False, True]
    assert Limiter(1, 0).lets(b"a")


def test_an_old_link_only_stops(client: Client, ada: Ada) -> None:
    path = preferences_path(SECRET, ada.mail, NOW - 500 * DAY)
    page = client.get(path)
    assert page.status_code == 200
    assert "Ada" not in page.text
    assert client.post(path, data=messages("by.marketing.sms")).status_code == 403
    assert client.post(f"{path}/data", data={"proof": ada.mail.value}).status_code == 403
    assert client.post(f"{path}/delete", data={"proof": ada.mail.value}).status_code in (403, 503)
    assert client.post(path, data={"do": "stop"}).status_code == 303
    assert ada.code() == "withdrawn"


def test_a_shared_address_shows_nobody(client: Client, shared_installation: Installation, ada: Ada) -> None:
    desk = Identifier("email", "", f"desk-{ada.user}@hotel.example")
    for number in range(3):
        shared_installation.send(SHOP, identify(f"{ada.user}-{number}", email=desk.value, name="Guest Name"))
    path = preferences_path(SECRET, desk, NOW)
    page = client.get(path)
    assert "Several people use this address" in page.text
    assert "Guest" not in page.text
    assert client.post(f"{path}/data", data={"proof": desk.value}).status_code == 403
    assert client.post(f"{path}/unsubscribe", data=ONE_CLICK).status_code == 200


def test_after_a_deletion(client: Client, shared_installation: Installation, ada: Ada) -> None:
    customer = erase(shared_installation, "email", ada.mail.value)
    assert client.get(ada.path).status_code == 410
    assert client.get(preferences_path(SECRET, customer, NOW)).status_code == 410
    assert client.get(preferences_path(SECRET, bytes(16), NOW)).status_code == 404


def test_it_shows_nobody_elses_data_and_no_whole_address(client: Client, ada: Ada) -> None:
    other = Ada(ada.installation)
    page = client.get(ada.path)
    assert page.status_code == 200
    for secret in (ada.mail.value, ada.phone, "Secret Lane", other.mail.value, other.product, other.order):
        assert secret not in page.text
    assert masked(ada.mail) in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in page.headers


def test_looking_changes_nothing(client: Client, ada: Ada) -> None:
    before = ada.standing
    for path in (ada.path, f"{ada.path}/unsubscribe", f"{ada.path}?done=<b>&do=stop"):
        assert client.get(path).status_code in (200, 400)
        client.head(path)
    assert ada.standing == before


FORMS: list[dict[str, Any]] = [
    {}, {"do": "nothing"}, {"do": ["stop", "x"]}, {"do": "gifts"}, {"do": "gifts", "gift": EVIL, "order": "o"},
    {"do": "when", "until": "tomorrow"}, {"do": "when", "until": "9999-01-01"},
    {"do": "when", "until": "2026-02-30"},
    {"do": "when", "quiet_from": "25:00", "quiet_to": "8:00"}, {"do": "when", "quiet_from": "21:00"},
    {"do": "when", "zone": "../../etc/passwd"}, {"do": "when", "zone": "Mars/Olympus"},
    {"do": "when", "pause": "99999999999"}, {"do": "when", "pause": "-1"},
    {"do": "you", "size.0": "x" * 21}, {"do": "you", "brands": ",".join(map(str, range(21)))},
    {"do": "you", "brands": "x" * 41}, {"do": "you", "occasion.0": "Birthday", "day.0": "31", "month.0": "2"},
    {"do": "you", "occasion.0": "Birthday"}, {"do": "you", "day.0": "²", "month.0": "1", "occasion.0": "x"},
    {"do": "you", "size.0": "3\u202e9"},
]  # fmt: skip


def test_forms_that_do_not_fit(client: Client, ada: Ada) -> None:
    before = ada.standing
    for form in FORMS:
        assert client.post(ada.path, data=form).status_code in (400, 404, 422), form
    assert ada.standing == before


def test_a_form_that_is_too_large(client: Client, ada: Ada) -> None:
    assert client.post(ada.path, data={"do": "you", "brands": "x" * 70_000}).status_code == 413
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post(f"{ada.path}/unsubscribe", content=b"x" * 70_000, headers=headers).status_code == 413
    assert client.post(ada.path, content=b"\xff\xfe\0", headers={"Content-Type": "application/json"}).status_code == 400


def test_somebody_elses_order_is_no_gift_of_hers(client: Client, ada: Ada) -> None:
    other = Ada(ada.installation)
    form = {"do": "gifts", "gift": other.product, "order": other.order}
    assert client.post(ada.path, data=form).status_code == 404


def test_what_she_writes_is_only_text(client: Client, ada: Ada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.web.correcting.PATIENCE", 0)
    client.post(ada.path, data={"do": "you", "brands": EVIL[:40], "size.0": "<b>M</b>"})
    ada.installation.step()
    page = client.get(ada.path).text
    assert "<script" not in page
    assert "<b>M" not in page
    assert "&lt;b&gt;M" in page


def test_data_only_for_who_knows_an_address_of_hers(client: Client, ada: Ada) -> None:
    other = Ada(ada.installation)
    for typed in ("", "x", other.mail.value, masked(ada.mail), "x" * 10_000):
        answer = client.post(f"{ada.path}/data", data={"proof": typed, "as": "json"})
        assert answer.status_code in (422, 429)
        assert ada.mail.value not in answer.text
    assert client.post(f"{ada.path}/data", data={"proof": ada.mail.value}).status_code == 429
    ada.installation.connection.execute("DELETE FROM failed_sign_ins")
    answer = client.post(f"{ada.path}/data", data={"proof": f" {ada.mail.value.upper()} ", "as": "json"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(answer.content)
    assert ada.mail.value in json.dumps(data["profile"])
    assert other.mail.value not in json.dumps(data)
    html = client.post(f"{ada.path}/data", data={"proof": ada.phone, "as": "html"})
    assert html.headers["Content-Type"].startswith("text/html")
    assert "set-cookie" not in html.headers


def test_deleting_needs_an_address_of_hers(client: Client, ada: Ada) -> None:
    other = Ada(ada.installation)
    for typed in ("", "DELETE", other.mail.value):
        assert client.post(f"{ada.path}/delete", data={"proof": typed}).status_code == 422
    assert client.get(ada.path).status_code == 200
    answer = client.post(f"{ada.path}/delete", data={"proof": ada.mail.value})
    assert "Your data is deleted" in answer.text
    assert client.get(ada.path).status_code == client.post(ada.path, data={"do": "stop"}).status_code == 410
    assert client.post(unsubscribe_path(SECRET, ada.mail, NOW), data=ONE_CLICK).status_code == 410
    assert other.code() == ""


def test_one_click(client: Client, ada: Ada) -> None:
    path = unsubscribe_path(SECRET, ada.mail, NOW - 3000 * DAY)
    for _ in range(3):
        answer = client.post(path, data=ONE_CLICK)
        assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    parts = {"List-Unsubscribe": (None, "One-Click")}
    assert client.post(path, files=parts).status_code == 200
    assert ada.code() == "withdrawn"
    rows = ada.installation.connection.execute(
        "SELECT withdrawn, proof, wording, basis FROM consent_words WHERE key = ANY(%s)",
        ([each.key for each in ada.standing.addresses],),
    ).fetchall()
    assert rows == [(True, "one-click unsubscribe", "1", "consent")]
    ada.installation.step()
    assert ada.code() == "withdrawn"


def waiting(ada: Ada, number: int, topic: str) -> bytes:
    """Something for her that waits in the outbox."""
    decision = SECRET.mac("test", ada.user, str(number))
    row = outbox.Waiting(
        decision=decision, customer=ada.standing.customer, channel="email", address=f"email:{ada.mail.value}",
        message="m", purpose="marketing", topic=topic, action="a", context={}, not_before=NOW, at=NOW,
    )  # fmt: skip
    outbox.put(ada.installation.connection, [row])
    return decision


def test_what_waits_is_stopped_at_once(client: Client, ada: Ada) -> None:
    tips, news = waiting(ada, 1, "tips"), waiting(ada, 2, "news")
    form = messages()
    del form["kind.marketing.tips"]
    assert client.post(ada.path, data=form).headers["Location"] == f"{ada.path}?done=messages#messages"
    states = [outbox.find(ada.installation.connection, each) for each in (tips, news)]
    assert [each.state for each in states if each] == [outbox.STOPPED, outbox.WAITING]
    assert (ada.code(topic="tips"), ada.code(topic="news")) == ("topic_off", "")
    client.post(ada.path, data={"do": "stop"})
    left = outbox.find(ada.installation.connection, news)
    assert left is not None
    assert left.state == outbox.STOPPED


def test_on_and_off_and_less(client: Client, ada: Ada) -> None:
    client.post(ada.path, data={**messages(), "by.marketing.sms": "on", "less": "on"})
    assert (ada.code(), ada.code("sms")) == ("", "")
    assert ada.standing.preferences.less_often
    client.post(ada.path, data={"do": "stop"})
    assert (ada.code(), ada.code("sms"), ada.code("onsite")) == ("withdrawn", "withdrawn", "withdrawn")
    ada.installation.step()
    client.post(ada.path, data=messages())
    assert (ada.code(), ada.code("sms")) == ("", "withdrawn")
    ada.installation.step()
    assert (ada.code(), ada.code("sms")) == ("", "withdrawn")
    form = messages()
    del form["personal"]
    client.post(ada.path, data=form)
    assert not ada.standing.personal


def test_a_stopped_address_cannot_be_switched_on_here(client: Client, ada: Ada) -> None:
    suppress.suppress(ada.installation.connection, SECRET, ada.mail, suppress.BOUNCE, NOW, "test")
    assert "came back from this address" in client.get(ada.path).text
    client.post(ada.path, data=messages())
    assert ada.code() == "suppressed"
    assert ada.installation.connection.execute(
        "SELECT FROM consent_words WHERE customer = %s", (ada.standing.customer,)
    ).fetchall() == []  # fmt: skip


def test_pauses_and_quiet_hours(client: Client, ada: Ada) -> None:
    client.post(ada.path, data={"do": "when", "pause": "7"})
    assert ada.code() == "paused"
    assert "Paused until" in client.get(ada.path).text
    client.post(ada.path, data={"do": "when", "pause": "0"})
    assert ada.code() == ""
    client.post(
        ada.path, data={"do": "when", "quiet_from": "21:30", "quiet_to": "07:00", "zone": "Europe/Berlin", "until": ""}
    )
    found = ada.standing
    assert (found.preferences.quiet_from, found.preferences.quiet_to, found.zone) == (1290, 420, "Europe/Berlin")


def test_after_a_merge_the_link_leads_to_her(client: Client, ada: Ada) -> None:
    old = Identifier("email", "", f"old-{ada.user}@mail.example")
    ada.installation.send(TILL, identify("", email=old.value))
    id = ada.installation.holder("email", old.value)
    assert id is not None
    ada.installation.send(SHOP, identify(ada.user, email=old.value))
    for who in (old, id):
        assert "Ada L." in client.get(f"/me/{token_of(SECRET, who, NOW)}").text
