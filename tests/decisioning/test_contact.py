"""The contact policy in the settings, and actions as files: what is wrong is told by its name."""

import re
from pathlib import Path
from typing import Any

import pytest

from regulars.decisioning.actions import BadAction
from regulars.decisioning.shipped import read, shipped, write
from regulars.model.contact import TOTAL, Cap, ContactPolicy
from regulars.model.decision import rulebook
from regulars.web.decision_words import policy_words

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize(
    "said",
    [
        {"cap": 1}, {"caps": ["1/1"]}, {"caps": {"total": "1/1"}}, {"caps": {"total": ["1"]}},
        {"caps": {"email": ["1/0"]}}, {"caps": {"email": ["1/91"]}},
        {"caps": {"email": [1]}}, {"service": 3}, {"weights": {"onsite": 101}},
        {"weights": {"onsite": True}}, {"weights": 1}, {"hours_between": -1}, {"hours_between": 2.5},
        {"quiet_from": "24:00"}, {"quiet_from": 21}, {"quiet_to": "8:00"}, {"reaching": "email"}, {"reaching": [1]},
        {"holdout": 1.5}, {"holdout": True}, {"holdout": "5%"}, {"explore": -0.1}, {"pressure": -1},
        {"pressure_days": 0}, {"costs": {"sms": -1}}, {"levers": {"news": -1}}, {"levers": {"news": "0.5"}},
        {"stages": {"lapsed": 10_000}},
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=re.escape(next(iter(said)))):
        ContactPolicy.from_settings(said)


def test_settings_of_contact() -> None:
    said = {
        "caps": {"total": ["2/7"]},
        "quiet_from": "22:30",
        "holdout": 0,
        "levers": {"news": 0.5},
        "reaching": ["sms"],
    }
    found = ContactPolicy.from_settings(said)
    assert found.caps == {TOTAL: (Cap(2, 7),)} and found.quiet_from == 22 * 60 + 30 and found.levers == {"news": 0.5}
    assert found.service == ContactPolicy().service and found.reaching == ("sms",)
    assert policy_words(found)[0] == "Everything that persuades: at most 2 in 7 days."
    text = REFERENCE.read_text(encoding="utf-8")
    table = re.search(r"## `\[contact\]`(.*?)\n## ", text, re.DOTALL)
    assert table and re.findall(r"^\| `(\w+)` \|", table[1], re.MULTILINE) == list(ContactPolicy.__struct_fields__)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"{", b"name: x", b"\xff", b"name: X\ntitle: t", b"name: x\ntitle: t\nbase_rate: 2",
        b"name: x\ntitle: t\nworth: -1", b"name: x\ntitle: t\nchannels: []", b"name: x\ntitle: t\nchannels: [a, a]",
        b"name: x\ntitle: t\nmost: 1", b"name: x\ntitle: t\nfrom_: 5\nuntil: 5", b"name: x\ntitle: t\nnobody: 1",
        b"name: x\ntitle: t\nneeds: [{fact: a, op: like}]", b"name: x\ntitle: \"a\\nb\"",
        b"name: x\ntitle: t\nlever: .nan",
        b"name: x\ntitle: t\nlever: 11", b"name: x\ntitle: t\nper_days: 91\nmost: 1", b"x: " + b"[" * 2000,
        b"a" * 70_000,
        b"!!python/object/apply:os.system ['true']",
    ],
)  # fmt: skip
def test_a_wrong_action_is_refused(text: bytes) -> None:
    with pytest.raises(BadAction):
        read(text)


def test_shipped_actions_are_files_of_their_own() -> None:
    made = shipped()
    assert [read(write(each).encode()) for each in made] == list(made)
    assert len({each.name for each in made}) == len(made)
    one, other = (rulebook(ContactPolicy(), order).version for order in (made, tuple(reversed(made))))
    assert one == other
