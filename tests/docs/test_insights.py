"""The lake's page names every view and column of insight with its type; the concept has every stage."""

import re
from pathlib import Path

from regulars.insights.insight import STAGES
from regulars.storage.lake.insight_files import columns

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+?) \|", re.MULTILINE)


def test_the_page_names_every_column_of_insight() -> None:
    text = (DOCS / "reference" / "lake.md").read_text().split("\n## Insight\n")[1]
    said = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", text, re.DOTALL | re.MULTILINE))
    assert said.keys() == columns().keys()
    for view, types in columns().items():
        assert ROW.findall(said[view]) == [(name, type_.replace('"', "")) for name, type_ in types.items()], view


def test_the_concept_defines_every_stage() -> None:
    text = (DOCS / "concepts" / "insights.md").read_text()
    assert [name for name in STAGES if f"| *{name}* |" not in text] == []
