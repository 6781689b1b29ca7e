"""The settings of the preference page: what cannot be taken is refused by its name."""

from typing import Any

import pytest

from regulars.model.kinds import KINDS, ConsentSettings, Kind


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("channel", ["email"]), ("channels", "email"), ("channels", ["pigeon"]), ("link_days", 0), ("link_days", True),
        ("link_days", "7"), ("wording", 1), ("wording", "a\nb"), ("wording", "x" * 101), ("sizes", ["x" * 41]),
        ("sizes", [str(n) for n in range(13)]), ("kinds", []), ("kinds", ["news"]), ("kinds", [{"topic": "news"}]),
        ("kinds", [{"topic": "News!", "title": "News"}]), ("kinds", [{"topic": "a/b", "title": "News"}]),
        ("kinds", [{"topic": "news", "title": "News", "colour": "red"}]),
        ("kinds", [{"topic": "news", "title": "News", "purpose": "*"}]),
        ("kinds", [{"topic": "news", "title": 3}]), ("kinds", [{"topic": "news", "title": "News"}] * 2),
    ],
)  # fmt: skip
def test_what_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=key):
        ConsentSettings.from_settings({key: value})


def test_what_is_taken() -> None:
    found = ConsentSettings.from_settings(
        {
            "channels": ["email", "post", "email"],
            "kinds": [
                {"topic": "news", "title": " News "},
                {"topic": "ask", "title": "Questions", "purpose": "surveys"},
            ],
        }
    )
    assert found.channels == ("email", "post")
    assert found.kinds == (Kind("news", "News"), Kind("ask", "Questions", purpose="surveys"))
    assert found.purposes == ("marketing", "surveys")


def test_the_defaults() -> None:
    found = ConsentSettings.from_settings({})
    assert found == ConsentSettings()
    assert found.purposes == ("marketing",)
    assert [each.topic for each in KINDS if each.is_service] == ["orders"]


def test_only_service_leaves_marketing_to_be_asked() -> None:
    kinds = [{"topic": "orders", "title": "Orders", "purpose": "service"}]
    assert ConsentSettings.from_settings({"kinds": kinds}).purposes == ("marketing",)
