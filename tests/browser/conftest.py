"""A real browser on real pages: `look(role)` gives a page that is signed in; any fault on it fails the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from support.browser import Looker, chromium, started
from support.installation import Installation
from support.site import Served


# Not for the session: as long as it lives an event loop runs in the worker, and no other test could run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a file."""
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium: install it (Debian: apt install chromium), or name one: REGULARS_TEST_CHROMIUM")
    with started(executable) as made:
        yield made


@pytest.fixture
def served(installation: Installation) -> Iterator[Served]:
    """The pages of a fresh installation."""
    made = Served(installation)
    yield made
    made.stop()


@pytest.fixture
def look(browser: Browser, served: Served) -> Iterator[Looker]:
    """Gives pages; a fault on one that was not allowed fails the test: an error or warning of the console, which a
    violation of the content security policy is too, and a request to another site.
    """
    made = Looker(browser, served)
    yield made
    made.close()
    left = made.left()
    assert not left, "\n".join(left)
