"""The reference pages name everything that the code has, with its numbers, and nothing that it has not."""

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from regulars.app import DIGEST, schema
from regulars.catalogue.words import NAMES
from regulars.cli.main import parser
from regulars.collection import limits
from regulars.collection.permissions import CONSENT, SERVER_ONLY
from regulars.collection.redaction import IpPolicy
from regulars.collection.shapes import COMMERCE_EVENTS
from regulars.identity.blocked import Policy
from regulars.identity.extract import MAX_IDENTIFIERS
from regulars.identity.rules import DEFAULT_OTHER, DEFAULT_TYPES, SPACES, Rules, TypeRule
from regulars.messaging.channels.settings import Mail, Webhooks
from regulars.model.claims import Claims
from regulars.model.rejection import Reason
from regulars.model.retention import Retention
from regulars.model.secret import Secret
from regulars.model.shop import Shop
from regulars.pipeline import STEPS
from regulars.profiles.activity import PASSIVE
from regulars.profiles.browsing import BROWSING
from regulars.profiles.cart import ADDS, CLEARS, REMOVES, SNAPSHOTS
from regulars.profiles.consents import WORDS
from regulars.profiles.interactions import KIND_OF
from regulars.profiles.order_reports import CANCELLED, REFUNDED, REPORTS
from regulars.settings import _ENVIRONMENT, FILE, Settings, load
from regulars.storage.metadata import derived, truth
from regulars.storage.totals import State, Totals
from regulars.web.metrics import Metrics
from regulars.web.server import create_server

REFERENCE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"
COMMON = {"-h", "--help", "--data", "--json"}


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of a page's tables by the code in their first cell, cells stripped of their backticks."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            found[cells[0].strip("`")] = [cell.strip("`") for cell in cells[1:]]
    return found


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one."""
    return re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def commands(top: argparse.ArgumentParser, path: str = "regulars") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield path, top
    for action in below:
        for name, each in action.choices.items():
            yield from commands(each, f"{path} {name}")


COMMANDS = dict(commands(parser()))


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str) -> None:
    text = section(page("cli"), f"`{name}`")
    for action in COMMANDS[name]._actions:
        if action.help != argparse.SUPPRESS and not COMMON.intersection(action.option_strings):
            said = action.option_strings or [str(action.metavar or action.dest).upper()]
            assert any(each in text for each in said), f"{name}: {said} is missing"
    known = {option for action in COMMANDS[name]._actions for option in action.option_strings}
    assert set(re.findall(r"`(--?[a-z][a-z-]*)", text)) <= known


def test_no_command_is_invented() -> None:
    assert set(re.findall(r"^#+ `(regulars [^`]+)`$", page("cli"), re.MULTILINE)) == set(COMMANDS)
    for name in COMMON:
        assert f"`{name}" in page("cli")


def paths() -> set[str]:
    server = create_server("host=nowhere", Secret(bytes(32)))
    found = set()
    for route in server.routes:
        path = re.sub(r":\w+}", "}", route.path)
        found |= {f"{method} {path}" for method in getattr(route, "methods", ()) if method != "OPTIONS"}
    return {each for each in found if not each.startswith("GET /schema/")}


def test_paths() -> None:
    assert set(re.findall(r"`((?:GET|POST) /[^` ]*)`", page("http"))) == paths()


def test_metrics() -> None:
    state = State(2, 1, 1, 1, 1, Totals(1, 1, {"malformed": 1}, {"decode": 0.1}), True)
    families = text_string_to_metric_families(Metrics().text(state, 2).decode())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert set(rows(section(page("http"), "Metrics"))) == names


def test_limits() -> None:
    wanted = {
        "MAX_EVENT": limits.MAX_EVENT, "MAX_BATCH": limits.MAX_BATCH, "MAX_ITEMS": limits.MAX_ITEMS,
        "MAX_DEPTH": limits.MAX_DEPTH, "MAX_MESSAGE_ID": limits.MAX_MESSAGE_ID, "MAX_ID": limits.MAX_ID,
        "MAX_NAME": limits.MAX_NAME, "MAX_EXTERNAL_IDS": limits.MAX_EXTERNAL_IDS, "MAX_IDENTIFIERS": MAX_IDENTIFIERS,
    }  # fmt: skip
    found = {name: cells[0] for name, cells in rows(section(page("http"), "Limits")).items()}
    assert found == {name: f"{number:,}" for name, number in wanted.items()}


def test_rejections() -> None:
    assert list(rows(page("rejections"))) == [str(reason) for reason in Reason]


def shown(value: object) -> str:
    if isinstance(value, Path | str):
        return str(value) or '""'
    return "[]" if isinstance(value, frozenset) else str(value)


@pytest.mark.parametrize(
    ("heading", "default"),
    [
        ("The file", Settings()),
        ("`[policy]`", Policy()),
        ("`[rules]`", Rules()),
        ("`[retention]`", Retention()),
        ("`[claims]`", Claims()),
        ("`[shop]`", Shop()),
        ("`[mail]`", Mail()),
        ("`[webhooks]`", Webhooks()),
    ],
    ids=["settings", "policy", "rules", "retention", "claims", "shop", "mail", "webhooks"],
)
def test_settings(heading: str, default: msgspec.Struct) -> None:
    fields = {name: getattr(default, name) for name in default.__struct_fields__}
    found = {name: cells[0] for name, cells in rows(section(page("settings"), heading)).items()}
    tables = {"data", "rules", "policy", "retention", "claims", "types", "other"}
    wanted = {name: value for name, value in fields.items() if name not in tables}
    assert found == {name: shown(value) for name, value in wanted.items() if not isinstance(value, msgspec.Struct)}


def test_settings_of_types_and_of_the_environment() -> None:
    text = page("settings")
    assert set(rows(section(text, "`[rules.types.NAME]`"))) == set(TypeRule.__struct_fields__)
    wanted = {*_ENVIRONMENT, "REGULARS_DATA", "REGULARS_SECRET", "REGULARS_SMTP_PASSWORD"}
    assert set(rows(section(text, "The environment"))) == wanted
    for name in (*SPACES, *IpPolicy):
        assert f"`{name}`" in text


def test_the_example_of_settings(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", page("settings"), re.DOTALL)
    assert example
    (tmp_path / FILE).write_text(example[1])
    found = load(tmp_path, {})
    assert (found.currency, found.policy.region, found.rules.version) == ("EUR", "DE", 2)
    assert found.rules.rule_of("loyalty_id").limit == 3


def test_identifiers() -> None:
    rules = {**DEFAULT_TYPES, "any other": DEFAULT_OTHER}
    wanted = {name: [rule.tier.name.lower(), _bound(rule.limit), _bound(rule.fan_out)] for name, rule in rules.items()}
    found = rows(page("identifiers"))
    assert {name: found[name][:3] for name in found if name in rules} == wanted
    assert {name: found[name][3] for name in rules} == {name: rule.space for name, rule in rules.items()}


def _bound(value: int | None) -> str:
    return "none" if value is None else str(value)


def test_events() -> None:
    carts = {*ADDS, *REMOVES, *CLEARS, *SNAPSHOTS}
    understood = {*KIND_OF, *NAMES, *WORDS, *REPORTS, REFUNDED, *CANCELLED, *BROWSING, *PASSIVE, *carts}
    text = page("events")
    assert sorted(name for name in understood | COMMERCE_EVENTS if f"`{name}`" not in text) == []
    plain = text.casefold()
    assert sorted(name for name in SERVER_ONLY | CONSENT if f"`{name}`" not in plain) == []


def test_steps() -> None:
    assert list(rows(page("pipeline"))) == list(STEPS)


def columns(text: str) -> dict[str, set[str]]:
    return {name: set(re.findall(r"[a-z_]+", cells[0])) for name, cells in rows(text).items()}


def test_tables() -> None:
    schema()
    for heading, metadata in (("`regulars`: the truth", truth), ("`derived`: made from the log", derived)):
        wanted = {table.name: {column.name for column in table.columns} for table in metadata.tables.values()}
        assert columns(section(page("tables"), heading)) == wanted


def test_digest() -> None:
    assert list(rows(page("digest"))) == [name for name, _ in DIGEST]


def test_every_page_is_in_the_index() -> None:
    docs = REFERENCE.parent
    listed = (docs / "README.md").read_text(encoding="utf-8")
    missing = [name for name in relative(docs) if f"({name})" not in listed and not name.startswith("decisions/")]
    assert missing == ["README.md"]
    decisions = (docs / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in (docs / "decisions").glob("0*.md") if f"({p.name})" not in decisions] == []


def relative(docs: Path) -> Iterable[str]:
    return sorted(file.relative_to(docs).as_posix() for file in docs.rglob("*.md"))
