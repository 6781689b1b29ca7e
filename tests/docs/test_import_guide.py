"""The guide's files are imported by the guide's commands, in its order, and become what it says."""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from support.running import Running

from regulars.cli.main import main
from regulars.collection.files.kinds import KINDS
from regulars.collection.files.mapfile import Field, FileSpec, Formats, Rows, shipped

pytestmark = pytest.mark.slow

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "import-files.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```(?:csv|toml) (\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line for text in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE) for line in text.splitlines()
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("guide") / "data")
    made.start()
    yield made
    made.close()


def run(running: Running, line: str) -> str:
    said = StringIO()
    with redirect_stdout(said):
        assert main([*shlex.split(line)[1:], "--data", str(running.folder)]) == 0
    return said.getvalue()


@pytest.mark.xdist_group("import_guide")
def test_the_guides_commands(running: Running, tmp_path: Path) -> None:
    for name, text in FILES:
        if name != "customers.toml":
            (tmp_path / name).write_text(text, encoding="utf-8")
    with chdir(tmp_path):
        dry, first, rejected, guess, customers = COMMANDS
        looked = run(running, dry)
        assert "PROBLEM  receipts.csv, row 4, Price = '12.50': its thousands are not written with '.'" in looked
        assert '"timestamp":"2026-03-14T08:35:10Z"' in looked
        assert running.sql("SELECT count(*) FROM events")[0][0] == 0
        assert "1 added, 1 rejected" in run(running, first)
        listed = run(running, rejected)
        assert "row 4, Price: its thousands are not written with '.'" in listed and '"value":"12.50"' in listed
        run(running, guess)
        guessed = (tmp_path / "customers.toml").read_text(encoding="utf-8")
        assert "DOUBT" in guessed
        (tmp_path / "customers.toml").write_text(dict(FILES)["customers.toml"], encoding="utf-8")
        assert "4 added" in run(running, customers)
        runs = run(running, "regulars import list").splitlines()
    assert [line.split("  ")[-1].strip() for line in runs] == [
        "customers.csv: 4 read, 4 added, 0 there already, 0 rejected",
        "receipts.csv: 2 read, 1 added, 0 there already, 1 rejected",
    ]
    assert [row["source"] for row in running.cli("rejected", "list")] == ["till"]
    card = running.cli("customers", "show", "loyalty_id:2907999733")[0]
    assert "59.80" in json.dumps(card)
    words = running.sql("SELECT name FROM events WHERE name LIKE %s ORDER BY name", "Consent%")
    assert words == [("Consent Given",), ("Consent Withdrawn",)]
    (ada,) = running.cli("customers", "show", "email:ada@shop.example")
    assert [(word["purpose"], word["word"]) for word in ada["consents"]] == [("marketing", "given")]


@pytest.mark.xdist_group("import_guide")
def test_twice_adds_nothing_and_a_mended_file_adds_the_rest(running: Running, tmp_path: Path) -> None:
    text = dict(FILES)["receipts.csv"].replace("4711", "5711").replace("4712", "5712")
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    line = (
        f"regulars import {tmp_path}/r.csv --map till --set formats.time_zone=Europe/Prague --set formats.currency=EUR"
    )
    before = len(running.rejected("till"))
    assert "1 added, 1 rejected" in run(running, line)
    again = json.loads(run(running, f"{line} --json"))
    assert (again["added"], again["present"], again["rejected"]) == (0, 1, 0)
    assert len(running.rejected("till")) == before + 1
    (tmp_path / "r.csv").write_text(text.replace("12.50", "12,50"), encoding="utf-8")
    mended = json.loads(run(running, f"{line} --json"))
    assert (mended["added"], mended["present"], mended["rejected"]) == (1, 1, 0)


@pytest.mark.xdist_group("import_guide")
def test_a_source_keeps_its_group(running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running.key("secret", "grouped")
    (tmp_path / "a.csv").write_text("mail\na@x.cz\n", encoding="utf-8")
    text = 'kind = "customers"\nsource = "grouped"\ngroup = "other"\n[ids]\nemail = "mail"\n'
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    argv = ["import", str(tmp_path / "a.csv"), "--map", str(tmp_path / "a.toml"), "--data", str(running.folder)]
    assert main(argv) == 1
    assert "has group main and precedence 0" in capsys.readouterr().err


def test_the_guide_names_every_map_kind_and_key() -> None:
    for name in shipped():
        assert f"`{name}`" in GUIDE
    for kind in KINDS:
        assert f"`{kind}`" in GUIDE
    for struct in (Field, FileSpec, Formats, Rows):
        for key in struct.__struct_fields__:
            if key != "zones":
                assert f"`{key}`" in GUIDE or f"`{key} =" in GUIDE, f"{struct.__name__}.{key}"


def test_a_command_of_the_group_is_not_taken_for_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "nowhere.csv", "--map", "till", "--dry-run"]) == 1
    assert "There is no file nowhere.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["import"])
    with pytest.raises(SystemExit):
        main(["import", "nowhere.csv"])
