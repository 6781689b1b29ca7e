"""What stands in the sidebar: one line a page, shown to the roles that the page is for."""

from typing import NamedTuple
from urllib.parse import quote

from regulars.model.user import User
from regulars.web.access import EVERYONE, FIGURES, FLOOR, OWNER, PEOPLE, READERS, SEGMENTERS, Access


class Entry(NamedTuple):
    """One link: its path, its icon (a line of web/icons.txt), its words, whom it is shown to, and the key after `g`.

    Those of one `group` stand together under its words.
    """

    path: str
    icon: str
    label: str
    access: Access
    key: str = ""
    group: str = ""


UNDERSTAND = "Understand"
REACH = "Reach"
LOOK_AFTER = "Look after"

NAVIGATION = (
    Entry("/", "home", "Home", EVERYONE, "h"),
    Entry("/customers", "users", "Customers", PEOPLE, "c"),
    Entry("/floor", "building-store", "Shop floor", FLOOR, "f"),
    Entry("/questions", "message-2", "Questions", PEOPLE, "q"),
    Entry("/insights", "chart-bar", "Insight", FIGURES, "i", UNDERSTAND),
    Entry("/segments", "filter", "Segments", FIGURES, "e", UNDERSTAND),
    Entry("/results", "circle-check", "Results", FIGURES, "o", UNDERSTAND),
    Entry("/journeys", "refresh", "Journeys", FIGURES, "j", REACH),
    Entry("/campaigns", "calendar", "Campaigns", FIGURES, "k", REACH),
    Entry("/messages", "mail", "Messages", SEGMENTERS, "m", REACH),
    Entry("/actions", "arrow-right", "Next steps", EVERYONE, "n", REACH),
    Entry("/mailbox", "package", "Test mailbox", SEGMENTERS, "x", REACH),
    Entry("/live", "activity", "Live", PEOPLE, "l", LOOK_AFTER),
    Entry("/rejected", "alert-triangle", "Couldn't be read", READERS, "r", LOOK_AFTER),
    Entry("/sources", "key", "Sources", OWNER, "s", LOOK_AFTER),
    Entry("/users", "user-plus", "Users", OWNER, "u", LOOK_AFTER),
    Entry("/audit", "list", "Audit log", OWNER, "a", LOOK_AFTER),
)

SEARCH = "/search"
"""The path of the search in the top bar, which gets `q`."""

SEARCH_WORDS = "Search customers, orders, products"


def product_path(id: str) -> str:
    """The address of a product's page."""
    return f"/products/{quote(id)}"


def entries(user: User) -> list[Entry]:
    """The links that a user sees."""
    return [entry for entry in NAVIGATION if isinstance(entry.access, frozenset) and user.role in entry.access]


def is_here(entry: Entry, path: str) -> bool:
    """Whether a path belongs to a link's page."""
    return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))
