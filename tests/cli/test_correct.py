"""Merge, split and undo as lasting evidence: previewed, said, applied, explained, and old ids lead on."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.frames import contents
from support.installation import KEY, POLICY, SECRET, SHOP, SITE, TILL, Installation, identify, track

from regulars.app import DIGEST, App
from regulars.app import schema as make_schema
from regulars.cli import main as cli
from regulars.identity.lookup import current_id, look_up, wanted
from regulars.pipeline import Pipeline
from regulars.settings import load
from regulars.storage import database, log
from regulars.storage.database import Connection
from regulars.storage.digest import digest
from regulars.storage.queries import left_to_do, start_cursor


class Cli:
    """Runs commands against an installation whose pipeline is running."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = cli.main(["customers", *arguments, "--data", str(self._folder)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    def fails(self, *arguments: str) -> str:
        code, out, err = self(*arguments)
        assert code == 1 and out == "" and err.startswith("regulars: ") and err.count("\n") == 1, (out, err)
        return err


@pytest.fixture
def run(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    folder = tmp_path / "data"
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(str(folder)), create=True)
    done = threading.Event()

    def lead() -> None:
        """Take in what commands append; events are taken in by the installation's own pipeline."""
        with database.connect(installation.conninfo, autocommit=True) as connection:
            while not done.wait(0.02):
                if hand_said(connection):
                    Pipeline(connection, installation.context).step()

    thread = threading.Thread(target=lead)
    thread.start()
    yield Cli(folder, capsys)
    done.set()
    thread.join()


def hand_said(connection: Connection) -> bool:
    """Whether the log ends in words by hand that are not taken in."""
    last = log.last(connection)
    if not left_to_do(connection, last):
        return False
    return all(frame.call == "control" for row in log.read(connection, last - 1, 10) for frame in row.frames)


def send(installation: Installation, source: Any, *items: Any) -> None:
    """Take events in, after whatever commands had appended."""
    installation.pipeline = Pipeline(installation.connection, installation.context)
    installation.send(source, *items)


def holder(installation: Installation, name: str) -> str:
    """Who holds TYPE:VALUE, as hexadecimal digits; '' for nobody."""
    found = installation.holder(*name.split(":", 1))
    return found.hex() if found else ""


def now(installation: Installation, id: str) -> str:
    """Whom an id leads to."""
    found = installation.read(lambda connection: current_id(connection, bytes.fromhex(id), SECRET))
    return found.hex() if found else ""


def in_order(installation: Installation) -> None:
    """Check that what stands equals what the log gives from nothing."""
    name = installation.context.rules_name
    before = digest(installation.connection, name, DIGEST)
    schema = "derived_again"
    make_schema().create_derived(installation.conninfo, schema)
    with database.connect(installation.conninfo, schema, autocommit=True) as worker:
        start_cursor(worker, name)
        pipeline = Pipeline(worker, installation.context)
        while pipeline.step():
            pass
        assert digest(worker, name, DIGEST) == before
        worker.execute(f"DROP SCHEMA {schema} CASCADE")


ADA = "user_id:ada"
BOB = "user_id:bob"


def two_persons(installation: Installation) -> tuple[str, str]:
    send(
        installation,
        SHOP,
        identify("ada", email="ada@mail.example", name="Ada Lovelace"),
        identify("bob", email="bob@mail.example", name="Bob Byron"),
        track("Order Completed", "bob", order_id="o1", total=50, currency="USD"),
        track("Consent Given", "ada", purpose="newsletter", channel="email", email="ada@mail.example"),
        track("Consent Withdrawn", "bob", purpose="newsletter", channel="email", email="bob@mail.example"),
    )
    return holder(installation, ADA), holder(installation, BOB)


@pytest.mark.parametrize("command", ["explain", "merge", "split", "undo"])
def test_bad_input_is_refused_and_says_nothing(run: Cli, installation: Installation, command: str) -> None:
    ada, _ = two_persons(installation)
    send(installation, SHOP, *(identify(f"u{n}", phone="+1 202 555 0143") for n in (1, 2, 3)), identify("17"))
    send(installation, TILL, identify("17"))
    before = contents(installation.connection)
    assert "nobody is known by" in run.fails(command, ADA, "email:nobody@mail.example")
    assert "points at nobody" in run.fails(command, "user_id:null", ADA)
    assert "write TYPE:VALUE" in run.fails(command, "nonsense", ADA)
    assert "is no customer" in run.fails(command, ada, "ab" * 16)
    assert "several spaces (shop, till)" in run.fails(command, ADA, "user_id:17")
    assert "order_id never tells who" in run.fails(command, ADA, "order_id:o1")
    if command != "explain":
        assert "--by" in run.fails(command, ADA, BOB, "--by", "a\nb")
        assert run.fails("undo", ADA, BOB) == "regulars: nothing was said by hand about these two\n"
    if command == "merge":
        assert "belongs to nobody" in run.fails(command, ADA, "phone:+12025550143")
        assert "hang on one identifier" in run.fails(command, ADA, ADA)
    if command == "split":
        assert "name two" in run.fails(command, ADA, ADA)
        assert "nothing to leave" in run.fails(command, "user_id:till:17", run.json("show", "user_id:till:17")["id"])
    assert contents(installation.connection) == before


def test_a_preview_changes_nothing_and_shows_all(run: Cli, installation: Installation) -> None:
    ada, bob = two_persons(installation)
    before, rows = contents(installation.connection), log.last(installation.connection)
    found = run.json("merge", ADA, BOB, "--dry-run", "--by", "Eve")
    assert contents(installation.connection) == before and log.last(installation.connection) == rows
    assert found["dry_run"] and found["customers"] == [ada, bob]
    preview = found["preview"]
    assert {each["id"] for each in preview["before"]} == {ada, bob}
    (person,) = preview["after"]
    assert person["id"] in (ada, bob) and person["orders"] == 1
    assert set(person["identifiers"]) == {ADA, BOB, "email:ada@mail.example", "email:bob@mail.example"}
    words = {(each["address"], each["word"]) for each in person["consents"]}
    assert words == {("email:ada@mail.example", "given"), ("email:bob@mail.example", "withdrawn")}
    if person["id"] == ada:
        assert [(each["source"], each["target"], each["orders"]) for each in preview["moved"]] == [(bob, ada, 1)]
    code, out, _ = run("merge", ADA, BOB, "--dry-run")
    assert code == 0 and "Nothing is changed yet" in out and "1 order for 50.00 USD" in out
    assert "newsletter by email on email:bob@mail.example: withdrawn" in out
    audit = installation.connection.execute("SELECT DISTINCT actor, action FROM audit").fetchall()
    assert sorted(audit) == [("Eve", "preview merge"), ("cli", "preview merge")]


def test_merge_split_and_undo_last_and_old_ids_lead_on(run: Cli, installation: Installation) -> None:
    ada, bob = two_persons(installation)
    merged = run.json("merge", ADA, BOB, "--by", "Eve")
    one = merged["customers"][0]
    assert merged["customers"] == [one, one] and now(installation, ada) == now(installation, bob) == one
    page = run.json("show", ada)
    assert page["orders"] == 1 and {each["word"] for each in page["consents"]} == {"given", "withdrawn"}
    why = run.json("explain", "email:ada@mail.example", BOB)
    link = why["path"][1]["links"][0]
    assert (link["word"], link["origin"], link["by"]) == ("must", "hand", "Eve")
    assert why["path"][0]["sources"][0]["source"] == "shop" and why["path"][0]["sources"][0]["trust"] == "server"
    in_order(installation)

    run.json("split", ADA, BOB, "--by", "Mallory")
    assert (holder(installation, ADA), holder(installation, BOB)) == (ada, bob)
    assert (now(installation, ada), now(installation, bob)) == (ada, bob)
    why = run.json("explain", ADA, BOB)
    assert why["reason"] == "cannot_link" and why["path"][0]["links"][0]["by"] == "Mallory"
    # What evidence then says stays without effect.
    send(installation, SHOP, identify("ada", loyalty_id="881223"), identify("bob", loyalty_id="881223"))
    assert holder(installation, ADA) != holder(installation, BOB)
    in_order(installation)

    run.json("undo", ADA, BOB)
    assert run.json("explain", ADA, BOB)["reason"] in ("limit", "shared")
    assert "nothing was said" in run.fails("undo", ADA, BOB)
    in_order(installation)
    rows = installation.connection.execute("SELECT actor, action, customer FROM audit").fetchall()
    acts = {(actor, action) for actor, action, _ in rows}
    assert {("Eve", "merge"), ("Mallory", "split"), ("cli", "undo"), ("cli", "explain")} <= acts
    assert {customer.hex() for actor, action, customer in rows if action == "merge"} == {ada, bob}


def test_undo_of_a_merge_said_of_persons(run: Cli, installation: Installation) -> None:
    ada, bob = two_persons(installation)
    run.json("merge", "email:ada@mail.example", bob)
    assert holder(installation, ADA) == holder(installation, BOB)
    assert run.json("explain", ADA, "email:bob@mail.example")["joined"]
    assert len(run.json("undo", ADA, "email:bob@mail.example")["pairs"]) == 2
    assert (holder(installation, ADA), holder(installation, BOB)) == (ada, bob)


def test_an_identifier_with_several_evidences_leaves_her_whole(run: Cli, installation: Installation) -> None:
    send(
        installation,
        SHOP,
        identify("ada", email="ada@mail.example", loyalty_id="881223"),
        identify("ada", email="wrong@mail.example"),
        identify("", email="wrong@mail.example", loyalty_id="881223"),
        identify("", email="wrong@mail.example", phone="+1 202 555 0143"),
    )
    ada, wrong = holder(installation, ADA), "email:wrong@mail.example"
    assert holder(installation, wrong) == ada
    found = run.json("split", wrong, ada)
    assert len(found["pairs"]) == 3 and found["customers"][0] != found["customers"][1] == ada
    for other in (ADA, "email:ada@mail.example", "loyalty_id:881223"):
        assert holder(installation, other) == ada != holder(installation, wrong)
    in_order(installation)
    run.json("undo", ada, wrong)
    assert holder(installation, wrong) == ada
    in_order(installation)


def test_a_merge_against_a_split_says_what_stands_against_it(run: Cli, installation: Installation) -> None:
    ada, bob = two_persons(installation)
    run.json("split", "email:ada@mail.example", "email:bob@mail.example")
    rows = log.last(installation.connection)
    said = run.fails("merge", ADA, BOB)
    assert "email:ada@mail.example" in said and "regulars customers undo" in said
    assert log.last(installation.connection) == rows
    run.json("undo", ada, bob)
    assert len(set(run.json("merge", ada, bob)["customers"])) == 1


def test_two_cookies(run: Cli, installation: Installation) -> None:
    send(installation, SITE, {"type": "page", "anonymousId": "c1"}, {"type": "page", "anonymousId": "c2"})
    one, two = holder(installation, "anonymous_id:c1"), holder(installation, "anonymous_id:c2")
    assert run.json("merge", "anonymous_id:c1", two)["customers"] == [one, one]
    assert now(installation, two) == one and run.json("show", two)["kind"] == "anonymous"
    in_order(installation)
    send(installation, SITE, identify("u1", "c2"))
    assert holder(installation, "anonymous_id:c1") == holder(installation, "user_id:u1") == now(installation, one)
    in_order(installation)
    run.json("split", "anonymous_id:c1", "anonymous_id:c2")
    assert holder(installation, "anonymous_id:c1") == one != holder(installation, "anonymous_id:c2")
    assert now(installation, one) == one and now(installation, two) == holder(installation, "user_id:u1")
    in_order(installation)


def test_of_two_weak_ones_of_a_known_person_the_first_leaves(run: Cli, installation: Installation) -> None:
    send(installation, SHOP, identify("ada", "c1", phone="+1 202 555 0143"))
    ada = holder(installation, ADA)
    run.json("split", "anonymous_id:c1", "phone:+12025550143")
    assert holder(installation, "phone:+12025550143") == ada != holder(installation, "anonymous_id:c1")
    run.json("undo", "anonymous_id:c1", ADA)
    in_order(installation)


def test_an_old_id_over_merge_late_event_and_a_shared_anchor(run: Cli, installation: Installation) -> None:
    send(installation, SHOP, identify("", email="home@mail.example", loyalty_id="881223"))
    send(installation, TILL, identify("", loyalty_id="55501"))
    home, till = holder(installation, "email:home@mail.example"), holder(installation, "loyalty_id:55501")
    one = run.json("merge", home, till)["customers"][0]
    assert now(installation, home) == now(installation, till) == one
    # Late, an earlier identifier comes to light: her id hangs on that one from now on.
    early = {"timestamp": "2020-01-01T00:00:00Z"}
    send(installation, TILL, {**identify("", loyalty_id="55501", email="old@mail.example"), **early})
    later = holder(installation, "loyalty_id:55501")
    assert now(installation, home) == now(installation, till) == now(installation, one) == later
    # Her first address turns out to be a household's: it is nobody's, most of what she was known by decides.
    send(installation, SHOP, *(identify(f"u{n}", email="old@mail.example") for n in (1, 2)))
    assert holder(installation, "email:old@mail.example") == ""
    last = holder(installation, "loyalty_id:55501")
    assert {now(installation, each) for each in (home, till, one, later)} == {last}
    assert run.json("explain", home, till)["joined"]
    run.json("undo", home, till)
    assert now(installation, till) == holder(installation, "loyalty_id:55501")
    assert now(installation, home) == holder(installation, "loyalty_id:881223") != now(installation, till)
    in_order(installation)


def test_explain_as_text(run: Cli, installation: Installation) -> None:
    two_persons(installation)
    send(installation, SITE, identify("ada", "c1"))
    code, out, _ = run("explain", "anonymous_id:c1", "email:ada@mail.example")
    assert code == 0 and "one person" in out and "client: site, 1 message" in out and "server: shop, 1 message" in out
    code, out, _ = run("explain", ADA, BOB)
    assert code == 0 and "not one person" in out and "No evidence joins them" in out
    run("merge", ADA, BOB)
    assert "by hand by cli" in run("explain", ADA, BOB)[1]


def test_an_alias_names_its_source(run: Cli, installation: Installation) -> None:
    send(installation, SITE, {"type": "page", "anonymousId": "c1"}, identify("ada"))
    send(installation, SHOP, {"type": "alias", "userId": "ada", "previousId": "c1"})
    (step,) = run.json("explain", ADA, "anonymous_id:c1")["path"]
    assert [(each["origin"], each["by"]) for each in step["links"]] == [("alias", "shop")]


def test_without_a_pipeline_it_says_so(run: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    two_persons(installation)
    monkeypatch.setitem(globals(), "hand_said", lambda connection: False)
    monkeypatch.setattr("regulars.cli.projection.LEADERLESS_SECONDS", 0.3)
    assert "no pipeline is running" in run.fails("merge", ADA, BOB)


def test_look_up_of_a_merged_weak_one(run: Cli, installation: Installation) -> None:
    send(installation, SITE, {"type": "page", "anonymousId": "c1"}, {"type": "page", "anonymousId": "c2"})
    run.json("merge", "anonymous_id:c2", "anonymous_id:c1")
    found = installation.read(lambda link: look_up(link, wanted("anonymous_id:c2"), POLICY, SECRET))
    assert [each.hex() for each in found.customers] == [holder(installation, "anonymous_id:c1")]
