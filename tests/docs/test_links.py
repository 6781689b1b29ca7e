"""Links inside the documentation lead somewhere, and no file names a place that only one machine knows."""

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r'!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)|(?:href|src)="([^"]+)"', re.MULTILINE)
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#")

# Written in two pieces, so that this file does not name them itself.
HOSTS = [
    "pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org",
]  # fmt: skip
PLACES = ["/" + folder + "/" for folder in ("work", "opt/pypi", "root", "tmp/setup")]
FORBIDDEN = re.compile("|".join([re.escape(host) for host in HOSTS] + [rf"(?<![\w.\-]){place}" for place in PLACES]))


def links(text: str) -> list[str]:
    """Return the relative links of a page of Markdown, without their anchors."""
    found = (one or two or three for one, two, three in LINK.findall(CODE.sub("", text)))
    return [unquote(link.split("#")[0]) for link in found if not OUTSIDE.match(link)]


def tracked() -> list[Path]:
    """Return the files that are, or would be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [file for file in (ROOT / path for path in listed.split("\0") if path) if file.is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_lead_to_files(page: Path) -> None:
    broken = [link for link in links(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not broken


def test_no_file_names_a_registry_or_this_machine() -> None:
    found = []
    for file in tracked():
        text = file.read_text(encoding="utf-8", errors="ignore")
        found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in FORBIDDEN.finditer(text)]
    assert not found


def test_links_are_found() -> None:
    page = '[a](b.md) ![c](d/e%20f.png "t") [g](https://h/i) [j](#k)\n[l]: m.md#n\n`[o](p)`\n```\n[q](r)\n```\n'
    assert links(page) == ["b.md", "d/e f.png", "m.md"]


def test_places_are_recognised() -> None:
    assert FORBIDDEN.search("see /" + "work/main")
    assert FORBIDDEN.search("https://" + "pypi" + ".org/simple")
    assert not FORBIDDEN.search("how it can be put to/work/again, or ../work/x")
