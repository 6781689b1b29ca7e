"""`regulars evaluate identity`: a missed target is told by the exit code and by name."""

import json
from pathlib import Path

import pytest
from support.frames import installed
from support.towns import append_town, take_in

from regulars.cli.main import main


def judged(folder: Path, town: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, bool, str]:
    capsys.readouterr()
    code = main(["evaluate", "identity", str(town), "--no-shuffle", "--json", "--data", str(folder)])
    said = capsys.readouterr()
    return code, json.loads(said.out)["passed"], said.err


def test_the_exit_code_says_whether_all_targets_are_met(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = installed(tmp_path / "data", database)
    town = tmp_path / "town"
    append_town(app, town, 40, 30, 7)
    code, passed, error = judged(app.folder.path, town, capsys)
    assert (code, passed) == (1, False)
    assert "1 of 4 targets missed: pair recall" in error
    take_in(app)
    code, passed, error = judged(app.folder.path, town, capsys)
    assert (code == 0) is passed and bool(error) is not passed


def test_a_folder_that_is_no_town(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = installed(tmp_path / "data", database)
    for where in (tmp_path / "nothing" / "here", tmp_path):
        assert main(["evaluate", "identity", str(where), "--no-shuffle", "--data", str(app.folder.path)]) == 1
        assert capsys.readouterr().err.count("\n") == 1
