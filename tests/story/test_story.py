"""She browses, leaves a cart, buys other shoes in the store, is helped, switches e-mails off, and comes back."""

from pathlib import Path

import pytest
from support.browser import chromium, started
from support.running import Running
from support.told import tell

from regulars.settings import FILE

NOBODY_HELD_BACK = "[contact]\nholdout = 0.0\n"
"""Else one Greta in so many would be left alone to compare; whether she is depends on the installation's secret."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_story(tmp_path: Path) -> None:
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium: install it (Debian: apt install chromium), or name one: REGULARS_TEST_CHROMIUM")
    running = Running(tmp_path / "shop")
    running.folder.mkdir()
    (running.folder / FILE).write_text(NOBODY_HELD_BACK)
    running.start()
    try:
        with started(executable) as browser:
            tell(running, browser, lambda page, name: None)
    finally:
        running.close()
