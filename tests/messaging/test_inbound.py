"""What follows from e-mail that came in: suppression, events, questions, answers; each once, none for a forger."""

import email
import email.policy
import time

import httpx
import pytest
from messaging.test_inbound_letters import arf, dsn, letter
from support.emptied import emptied
from support.installation import SECRET, Installation
from support.post import post_office
from support.sending import NOTE, Shop
from support.site import Served, add_user, session_of

from regulars.consent.standing import standings
from regulars.decisioning.facts import Means as Facts
from regulars.identity.blocked import Policy
from regulars.identity.rules import RULES
from regulars.messaging import answers
from regulars.messaging.answers import By, CannotAnswer
from regulars.messaging.channels.settings import Mail
from regulars.messaging.channels.verp import message_id, return_path
from regulars.messaging.delivery import mailbox, questions
from regulars.messaging.delivery.erase import erase_deliveries, export_deliveries
from regulars.messaging.inbound.judge import Came
from regulars.messaging.inbound.take import Means, Taken, take
from regulars.model.contact import ContactPolicy
from regulars.model.identifier import Identifier
from regulars.model.parts import Erasure
from regulars.model.user import Role
from regulars.storage.key_list import make_key
from regulars.web.security import csrf_token

MEANS = Means(SECRET, RULES, Policy(), Mail.from_settings({"sender": "Shop <news@shop.example>"}))
BY = By(Facts(RULES, SECRET), ContactPolicy())
BOUNCES = "bounce@shop.example"


@pytest.fixture
def shop(shared_installation: Installation) -> Shop:
    return Shop(emptied(shared_installation))


def came(shop: Shop, raw: bytes, **said: str) -> Taken:
    return take(shop.connection, MEANS, raw, time.time_ns() // 1000, **said)


def refusal(shop: Shop, name: str, purpose: str = "marketing") -> str:
    who = shop.holder(name)
    found = standings(shop.connection, [who], RULES, "UTC")[who]
    return found.permit("email", purpose, "", time.time_ns() // 1000).code


def answer_of(n: int, **header: str) -> bytes:
    return letter(In_Reply_To=message_id(n.to_bytes(16, "big"), "shop.example"), **header)


def test_bounces_and_complaints(shop: Shop) -> None:
    one, two = shop.put(1), shop.put(2, "bea")
    path = return_path(SECRET, BOUNCES, one)
    forged = dsn(to=path.replace("+", "+a", 1)[: len(path)], id="<x@y.example>")
    assert came(shop, forged).came is Came.UNKNOWN
    assert came(shop, dsn(to=return_path(SECRET, BOUNCES, b"n" * 16), id="")).came is Came.UNKNOWN
    soft = came(shop, dsn("5.2.2", to=path))
    assert (soft.came, soft.why, refusal(shop, "ada")) == (Came.BOUNCED, "soft 5.2.2", "")
    hard = dsn(to=path)
    assert came(shop, hard).why == "hard 5.1.1" and came(shop, hard).again
    assert refusal(shop, "ada") == refusal(shop, "ada", "service") == "suppressed"
    assert came(shop, arf("not-spam", return_path(SECRET, BOUNCES, two))).came is Came.AUTOMATIC
    assert refusal(shop, "bea") == ""
    assert came(shop, arf(path=return_path(SECRET, BOUNCES, two))).came is Came.COMPLAINED
    assert refusal(shop, "bea") == "suppressed"
    assert came(shop, b"\0" * 100).came is Came.UNREADABLE
    assert shop.events("Message Bounced") == [shop.holder("ada")]
    assert shop.events("Message Complained") == [shop.holder("bea")]


def test_a_reply_is_answered_in_its_thread(shop: Shop) -> None:
    shop.put(1)
    connection = shop.connection
    found = came(shop, answer_of(1, Subject="Re: Hello Ada"))
    assert found.came is Came.REPLIED and found.question and came(shop, answer_of(1, Subject="Re: Hello Ada")).again
    assert shop.events("Message Replied") == [shop.holder("ada")] and refusal(shop, "ada") == "question_open"
    # She writes again, from the same thread and out of it: one question. A machine and a stranger change nothing.
    again = came(shop, letter("And in blue?", In_Reply_To="<q1@mail.example>", Message_ID="<q2@mail.example>"))
    bare = came(shop, letter("Hello?", In_Reply_To="", Message_ID="<q3@mail.example>"))
    assert again.question == bare.question == found.question
    assert came(shop, answer_of(1, Auto_Submitted="auto-replied")).question == 0
    eve = came(shop, letter("Mine!", From="eve@evil.example", In_Reply_To="<q1@mail.example>"))
    assert eve.question not in (0, found.question) and eve.why == "nobody is known by its address"
    with pytest.raises(CannotAnswer):
        answers.answer(connection, eve.question, "user:1", "Who are you?", BY, time.time_ns() // 1000)
    for text in ("", " \n ", "x" * (answers.LONGEST + 1)):
        with pytest.raises(CannotAnswer):
            answers.answer(connection, found.question, "user:1", text, BY, time.time_ns() // 1000)
    decision = answers.answer(connection, found.question, "user:1", "Yes, in blue too.", BY, time.time_ns() // 1000)
    assert refusal(shop, "ada") == ""
    with post_office() as (box, place):
        sender = shop.sender(place)
        sender.turn()
        sender.close()
    (sent,) = [each for each in box.taken if decision.hex().encode() in each[2]]
    mail = email.message_from_bytes(sent[2], policy=email.policy.default)
    assert sent[1] == ["ada@mail.example"] and mail["subject"] == "Re: Hello Ada"
    assert mail["in-reply-to"] == "<q3@mail.example>" and "<q1@mail.example>" in mail["references"]
    assert mail["list-unsubscribe"] is None and "Yes, in blue too." in mail.get_content()
    assert "> Hello?" in mail.get_content()
    question = questions.find(connection, found.question)
    assert question is not None and question.state == questions.ANSWERED
    assert question.turns[-1].message_id == mail["message-id"]
    # Her next words name our answer, and open it again.
    last = came(shop, letter("Thanks", In_Reply_To=str(mail["message-id"]), Message_ID="<q4@mail.example>"))
    assert last.question == found.question and refusal(shop, "ada") == "question_open"
    answers.close(connection, found.question, time.time_ns() // 1000)
    assert refusal(shop, "ada") == ""


def test_an_answer_that_cannot_be_delivered_opens_the_question_again(shop: Shop) -> None:
    shop.put(1, not_before=2**60)
    found = came(shop, answer_of(1))
    answers.answer(shop.connection, found.question, "user:1", "Yes.", BY, time.time_ns() // 1000)
    with post_office() as (box, place):
        box.rcpt = lambda address: "550 5.1.1 gone"
        sender = shop.sender(place)
        sender.turn()
        sender.close()
    question = questions.find(shop.connection, found.question)
    assert question is not None and question.state == questions.OPEN


def test_a_machine_that_writes_for_ever_is_not_kept_for_ever(shop: Shop) -> None:
    shop.put(1)
    taken = [came(shop, answer_of(1, Message_ID=f"<{n}@mail.example>")) for n in range(questions.MOST_A_DAY + 5)]
    assert len({each.question for each in taken}) == 1 and taken[-1].came is Came.AUTOMATIC
    question = questions.find(shop.connection, taken[0].question)
    assert question is not None and len(question.turns) == questions.MOST_A_DAY


def test_an_erasure_takes_all_of_it(shop: Shop) -> None:
    shop.put(1, not_before=2**60)
    asked = came(shop, answer_of(1))
    stranger = came(shop, letter(From="Ada <ada@other.example>", In_Reply_To="", Message_ID="<z@mail.example>"))
    shop.put(2)
    sender = shop.sender()
    sender.turn()
    sender.close()
    ada = shop.holder("ada")
    held = shop.installation.read(lambda connection: export_deliveries(connection, ada))
    assert [each["said"][0]["text"] for each in held["questions"]] == ["Is it still there?"]
    assert [each["what"] for each in held["about_mail"]] == ["replied"]
    both = ("ada@mail.example", "ada@other.example")
    identifiers = {each.encode(): Identifier("email", "", each) for each in both}
    erasure = Erasure(1, (shop.holder("ada"),), identifiers, frozenset(), frozenset(), frozenset())
    erase_deliveries(shop.connection, erasure)
    assert [questions.find(shop.connection, each.question) for each in (asked, stranger)] == [None, None]
    assert mailbox.mails(shop.connection, 10) == []


def test_the_pages_and_the_way_in(shop: Shop) -> None:
    shop.put(1)
    sender = shop.sender()
    sender.turn()
    sender.close()
    served = Served(shop.installation)
    key = served.run(lambda connection: make_key(connection, "secret", "mail", "main"))
    public = served.run(lambda connection: make_key(connection, "write", "site", "main"))
    id, _ = add_user(shop.installation, Role.OWNER, "Olga Owner")
    token = session_of(shop.installation, id)
    headers = {"Cookie": f"session={token}", "X-CSRF-Token": csrf_token(SECRET, token)}
    with httpx.Client(base_url=served.address, trust_env=False, timeout=30) as client:
        for auth, status in ((("", ""), 401), (("nonsense", ""), 401), ((public, ""), 403)):
            assert client.post("/inbound/email", content=answer_of(1), auth=auth).status_code == status
        assert client.post("/inbound/email", content=b"", auth=(key, "")).status_code == 400
        too_long = client.post("/inbound/email", content=b"x" * 27_000_000, auth=(key, ""))
        assert too_long.status_code == 413
        junk = client.post("/inbound/email", content=b"\0\xff" * 50, auth=(key, ""))
        assert (junk.status_code, junk.json()["came"]) == (200, "unreadable")
        hostile = answer_of(1, Subject="<script>alert(1)</script>", From='"<b>Ada</b>" <ada@mail.example>')
        said = {"recipient": "news@shop.example", "sender": "ada@mail.example"}
        answer = client.post("/inbound/email", params=said, content=hostile, auth=(key, ""))
        assert answer.json()["came"] == "replied", answer.text
        page = f"/questions/{answer.json()['question']}"
        listed = client.get("/questions", headers=headers).text
        assert "&lt;script&gt;alert(1)" in listed and "<script>alert" not in listed and page in listed
        assert "Is it still there?" in client.get(page, headers=headers).text
        for do in ("take", "give-back", "take"):
            assert client.post(f"{page}/{do}", headers=headers).status_code == 303
        assert "Olga Owner" in client.get("/questions?mine=1", headers=headers).text
        assert client.post(f"{page}/answer", headers=headers, data={"answer": ""}).status_code == 422
        assert client.post(f"{page}/answer", headers=headers, data={"answer": "Yes it is."}).status_code == 303
        assert "on its way" in client.get(page, headers=headers).text
        for do in ("open", "close"):
            assert client.post(f"{page}/{do}", headers=headers).status_code == 303
        for path in ("/questions/0", f"/questions/{2**70}", "/mailbox/0"):
            assert client.get(path, headers=headers).status_code == 404
        box = client.get("/mailbox?q=HELLO", headers=headers).text
        assert "Hello Ada" in box and "Nothing found" in client.get("/mailbox?q=nobody", headers=headers).text
        (mail,) = mailbox.mails(shop.connection, 5)
        assert "As it would be sent" in client.get(f"/mailbox/{mail.id}", headers=headers).text
        shown = client.get(f"/mailbox/{mail.id}/letter", headers=headers)
        assert "sandbox" in shown.headers["Content-Security-Policy"] and "/t/o/" not in shown.text
        assert NOTE.paragraphs[0] in shown.text
        assert client.post("/mailbox/empty", headers=headers).status_code == 303
        assert mailbox.mails(shop.connection, 5) == []
    served.stop()
