"""She browses, leaves a cart, buys other shoes in the store, is helped, switches e-mails off, and comes back."""

from pathlib import Path

import pytest
from support.browser import chromium, started
from support.told import tell


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_story(tmp_path: Path) -> None:
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium: install it (Debian: apt install chromium), or name one: REGULARS_TEST_CHROMIUM")
    with started(executable) as browser:
        tell(tmp_path / "shop", browser, lambda page, name: None)
