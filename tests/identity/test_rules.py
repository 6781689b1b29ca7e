import pytest

from regulars.identity.rules import DEFAULT_OTHER, RULES, Rules, TypeRule
from regulars.model.identifier import Tier


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dominanse": 0.9}, "dominanse: no such setting"),
        ({"dominance": 0.5}, "dominance: must be a number above 0.5"),
        ({"dominance": True}, "dominance: must be"),
        ({"dominance": "0.9"}, "dominance: must be"),
        ({"dominance": float("nan")}, "dominance: must be"),
        ({"hub": 0}, "hub: must be a whole number"),
        ({"edge_order": "latest"}, "edge_order: must be one of messages, earliest"),
        ({"version": 1.5}, "version: must be a whole number"),
        ({"types": []}, "types: must be a table"),
        ({"types": {"email": 5}}, "types.email: must be a table"),
        ({"types": {"E-Mail": {}}}, "types.E-Mail: a type's name"),
        ({"types": {"email": {"limit": -1}}}, "types.email.limit: must be a whole number"),
        ({"types": {"email": {"fan_out": True}}}, "types.email.fan_out: must be a whole number"),
        ({"types": {"email": {"tier": "mighty"}}}, "types.email.tier: must be one of unique, strong"),
        ({"types": {"email": {"tier": 1}}}, "types.email.tier: must be one of"),
        ({"types": {"email": {"space": "till"}}}, "types.email.space: must be one of group, one"),
        ({"types": {"email": {"max": 3}}}, "types.email.max: no such setting"),
        ({"other": {"limit": "many"}}, "other.limit: must be a whole number"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError) as caught:
        Rules.from_settings(settings)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("type", "rule"),
    [
        ("user_id", TypeRule(Tier.UNIQUE, 1, None, "group")),
        ("loyalty_id", TypeRule(Tier.STRONG, 2, 1, "programme")),
        ("wallet_serial", TypeRule(Tier.STRONG, 2, 1, "programme")),
        ("email", TypeRule(Tier.STRONG, 5, 1, "one")),
        ("phone", TypeRule(Tier.BRIDGING, 5, 2, "one")),
        ("payment_token", TypeRule(Tier.BRIDGING, 10, 3, "provider")),
        ("device_id", TypeRule(Tier.BRIDGING, 10, 3, "provider")),
        ("social_handle", TypeRule(Tier.LINKED, 5, 1, "network")),
        ("anonymous_id", TypeRule(Tier.WEAK, None, 3, "site")),
        ("receipt_id", TypeRule(Tier.EVENT, None, None, "receipt")),
        ("order_id", TypeRule(Tier.EVENT, None, None, "group")),
        ("crm_id", TypeRule(Tier.WEAK, 5, 3, "source")),
    ],
)
def test_the_defaults_are_the_table_of_the_design(type: str, rule: TypeRule) -> None:
    assert RULES.rule_of(type) == rule


def test_settings_change_what_they_name_and_nothing_else() -> None:
    rules = Rules.from_settings(
        {
            "dominance": 0.9,
            "hub": 20,
            "version": 2,
            "other": {"limit": "none"},
            "types": {"email": {"limit": 9}, "crm_id": {"tier": "strong", "space": "one"}},
        }
    )
    assert rules.rule_of("email") == TypeRule(Tier.STRONG, 9, 1, "one")
    assert rules.rule_of("phone") == RULES.rule_of("phone")
    assert rules.rule_of("crm_id") == TypeRule(Tier.STRONG, None, 3, "one")
    assert rules.other == TypeRule(Tier.WEAK, None, 3, "source")
    assert (rules.dominance, rules.hub, rules.version, rules.dominance_messages) == (0.9, 20, 2, 3)
    assert RULES.other == DEFAULT_OTHER and Rules.from_settings({}) == RULES
