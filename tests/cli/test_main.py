"""What the database says in the middle of a command ends in one line, without a traceback and without values."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import environment

from regulars.cli.main import COMMANDS, main, parser
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


def test_each_command_is_declared_under_its_name_and_line() -> None:
    (whole,) = (each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    assert set(whole.choices) == set(COMMANDS)
    for name, (_, help) in COMMANDS.items():
        assert whole.choices[name].description == help
        # Alone it is declared as it is among all.
        (alone,) = (each for each in parser([name])._actions if isinstance(each, argparse._SubParsersAction))
        assert alone.choices[name].format_help() == whole.choices[name].format_help()


@pytest.mark.parametrize("wrong", [["imprt"], ["--verbose"], []])
def test_a_command_that_is_none(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert "usage: regulars" in capsys.readouterr().err


def test_help_waits_for_no_library() -> None:
    code = "import sys, json; from regulars.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "Find and read customers" in done.stdout
    assert not loaded & {"psycopg", "rich", "phonenumbers", "litestar", "duckdb", "numpy", "msgspec"}
