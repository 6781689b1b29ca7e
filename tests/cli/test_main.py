"""What the database says in the middle of a command ends in one line, without a traceback and without values."""

from pathlib import Path

import pytest

from regulars.cli.main import main
from regulars.storage.folder import DataFolder


def test_a_database_that_was_never_prepared(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", database)
    DataFolder(tmp_path / "data").secret()
    assert main(["digest", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("regulars: PostgreSQL broke off (UndefinedTable")
    assert said.count("\n") == 1
