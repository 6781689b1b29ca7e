"""People and machines told apart by what a request says of itself, and by how soon it comes."""

import pytest

from regulars.measurement.machines import BURST, SOON, clicked_by, opened_by

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.246 Mozilla/5.0"
)
LATER = 3_600_000_000


@pytest.mark.parametrize(
    ("headers", "since", "machine"),
    [
        ({}, LATER, "robot"),
        ({"user-agent": " "}, LATER, "robot"),
        ({"user-agent": "Mozilla/5.0"}, LATER, "apple"),
        ({"user-agent": GMAIL}, LATER, "google"),
        ({"user-agent": AHEAD}, LATER, "google"),
        ({"user-agent": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"}, LATER, "yahoo"),
        ({"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, LATER, "robot"),
        ({"user-agent": DESK, "purpose": "prefetch"}, LATER, "ahead"),
        ({"user-agent": DESK, "sec-purpose": "prefetch;prerender"}, LATER, "ahead"),
        ({"user-agent": DESK}, SOON - 1, "soon"),
        ({"user-agent": DESK}, -5, "soon"),
        ({"user-agent": DESK}, SOON, ""),
        ({"user-agent": PHONE}, LATER, ""),
    ],
)
def test_who_opened_it(headers: dict[str, str], since: int, machine: str) -> None:
    assert opened_by(headers, since) == machine


@pytest.mark.parametrize(
    ("agent", "since", "other", "machine"),
    [
        ("", LATER, None, "robot"),
        ("python-requests/2.32", LATER, None, "robot"),
        (DESK, 1_000_000, None, "soon"),
        (DESK, LATER, BURST - 1, "burst"),
        (DESK, LATER, BURST, ""),
        (DESK, LATER, None, ""),
    ],
)
def test_who_followed_a_link(agent: str, since: int, other: int | None, machine: str) -> None:
    assert clicked_by({"user-agent": agent}, since, other) == machine
