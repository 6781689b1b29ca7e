"""What scripts rely on: `--json` and `--data` everywhere; an error is one clear line on stderr and a non-zero exit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import PATIENCE, Running, environment, free_port

from regulars.app import App
from regulars.cli.main import main
from regulars.settings import load

pytestmark = pytest.mark.slow

COMMANDS = {
    "up": (),
    "serve web": (),
    "serve pipeline": (),
    "serve insights": (),
    "serve messages": (),
    "sql": ("SELECT 1",),
    "users list": (),
    "users link": (),
    "keys create": ("--kind", "write", "--source", "s"),
    "keys revoke": ("wk_x",),
    "import completejourney": (),
    "simulate": ("--hard", "--customers", "10", "--days", "3", "--seed", "1", "--out", "OUT"),
    "evaluate identity": ("truth.jsonl",),
    "customers search": ("ada",),
    "customers show": ("email:ada@mail.example",),
    "customers explain": ("user_id:ada", "user_id:bob"),
    "customers merge": ("user_id:ada", "user_id:bob"),
    "customers split": ("user_id:ada", "user_id:bob"),
    "customers undo": ("user_id:ada", "user_id:bob"),
    "identities dump": (),
    "events tail": (),
    "rejected list": (),
    "rejected replay": ("--all",),
    "wait": (),
    "rebuild": (),
    "digest": (),
    "backup": ("back-up.tar.zst",),
    "restore": ("back-up.tar.zst",),
    "doctor": (),
}
MAKES = ("up", "simulate", "restore")
"""The only commands that do not need an installation."""


def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own."""
    argv = [sys.executable, "-m", "regulars", *command.split(), *arguments]
    return subprocess.run(argv, env=environment(), capture_output=True, text=True, timeout=PATIENCE)


def quickly(capsys: pytest.CaptureFixture[str], command: str, *arguments: str) -> tuple[int, str, str]:
    """A command run in this process: its exit code, stdout and stderr."""
    capsys.readouterr()
    try:
        code = main([*command.split(), *arguments])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def one_line(code: int, out: str, err: str) -> str:
    """The message of a command that failed as it should."""
    assert code != 0
    assert out == ""
    assert "Traceback" not in err
    lines = err.splitlines()
    if code == 2:  # a wrong call: argparse says how to call it, then what is wrong
        assert lines[0].startswith("usage: regulars")
        lines = lines[-1:]
    assert len(lines) == 1, err
    assert lines[0].startswith("regulars")
    return lines[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_and_takes_json_and_data(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = quickly(capsys, command, "--help")
    assert code == 0
    assert "--json" in out
    assert "--data DIR" in out


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in MAKES])
def test_a_folder_that_is_none(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "nothing"
    for extra in ((), ("--json",)):
        line = one_line(*quickly(capsys, command, *COMMANDS[command], "--data", str(missing), *extra))
        assert str(missing) in line
    assert not missing.exists(), "a reader has made a data folder"


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in (*MAKES, "doctor")])
def test_an_installation_that_does_not_run(command: str, stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = one_line(*quickly(capsys, command, *COMMANDS[command], "--data", str(stopped)))
    assert "regulars up" in line


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was set up and in which nothing runs."""
    folder = tmp_path_factory.mktemp("stopped") / "data"
    App(load(folder), create=True)
    return folder


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("customers show", ("0" * 32,), "nobody"),
        ("customers show", ("email:nobody@mail.example",), "nobody"),
        ("customers show", ("what",), "TYPE:VALUE"),
        ("customers show", ("email:",), "missing"),
        ("customers search", (" ",), "empty"),
        ("customers search", ("x", "-n", "0"), "-n"),
        ("events tail", ("-n", "-1"), "-n"),
        ("events tail", ("-n", "many"), "-n"),
        ("rejected list", ("--reason", "because"), "--reason"),
        ("rejected list", ("-n", "0"), "-n"),
        ("rejected replay", (), "--all"),
        ("rejected replay", ("999999999",), "999999999"),
        ("rejected replay", ("99999999999999999999999",), "99999999999999999999999"),
        ("keys create", ("--kind", "golden", "--source", "s"), "--kind"),
        ("keys create", ("--kind", "write", "--source", " "), "--source"),
        ("keys create", ("--kind", "write"), "--source"),
        ("keys revoke", ("wk_unknown",), "no such key"),
        ("evaluate identity", ("/nowhere/truth.jsonl",), "/nowhere"),
        ("import completejourney", ("--folder", "/nowhere"), "/nowhere"),
        ("up", ("--port", "http"), "--port"),
        ("serve web", ("--port", "70000"), "70000"),
        ("simulate", ("--hard", "--customers", "-5", "--days", "3", "--seed", "1", "--out", "x"), "customer"),
        ("wait", ("--timeout", "soon"), "--timeout"),
        ("rebuild", ("--now",), "--now"),
        ("sql", ("SELECT 1", "--limit", "0"), "--limit"),
        ("sql", ("SELECT 1", "--seconds", "nan"), "--seconds"),
        ("sql", ("SELECT 1", "--memory", "much"), "--memory"),
        ("sql", ("SELECT 1", "--csv", "--json"), "--csv"),
    ],
)
def test_a_wrong_argument(
    installation: Running, command: str, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for extra in ((), ("--json",)):
        line = one_line(*quickly(capsys, command, *arguments, "--data", str(installation.folder), *extra))
        assert words in line


def test_results_are_json_lines_and_progress_is_apart(installation: Running) -> None:
    key = installation.key("secret", "contract")
    user = {"type": "identify", "userId": "contract", "traits": {"email": "contract@mail.example"}}
    installation.send(key, {**user, "messageId": "contract"}, {"type": "nothing"})
    installation.wait()
    for command in ("customers search", "customers show", "identities dump", "events tail", "rejected list", "digest"):
        arguments = {"customers search": ["contract@mail"], "customers show": ["email:contract@mail.example"]}
        done = run(command, *arguments.get(command, []), "--json", "--data", str(installation.folder))
        assert (done.returncode, done.stderr) == (0, ""), command
        assert [json.loads(line) for line in done.stdout.splitlines()], command


def test_identities_are_dumped_a_line_each(installation: Running) -> None:
    key = installation.key("secret", "dump")
    installation.send(key, {"type": "identify", "userId": "dump", "traits": {"email": "dump@mail.example"}})
    installation.wait()
    rows = [row for row in installation.cli("identities", "dump") if row["value"] in ("dump", "dump@mail.example")]
    assert {row["type"] for row in rows} == {"user_id", "email"}
    assert len({row["customer"] for row in rows}) == 1


def test_what_was_rejected_can_be_sent_in_again(installation: Running) -> None:
    key = installation.key("secret", "again")
    installation.send(key, {"type": "track", "event": "x", "timestamp": "soon", "messageId": "m"})
    installation.wait()
    (row,) = installation.rejected("again")
    assert installation.cli("rejected", "replay", str(row["id"]))[0]["replayed"] == 1
    installation.wait()
    (once_more,) = installation.rejected("again")
    assert once_more["id"] > row["id"]
    assert once_more["body"] == row["body"]


def test_a_port_that_is_taken_and_a_folder_that_is_in_use(installation: Running, tmp_path: Path) -> None:
    done = run("up", "--no-demo", "--port", str(free_port()), "--data", str(installation.folder))
    assert (
        "in use" in one_line(done.returncode, done.stdout, done.stderr)
        or "owns" in done.stderr
        or "runs" in done.stderr
    )
    done = run("up", "--port", "70000", "--data", str(tmp_path / "new"))
    assert "70000" in one_line(done.returncode, done.stdout, done.stderr)
    other = tmp_path / "file"
    other.write_text("no folder")
    done = run("up", "--no-demo", "--data", str(other))
    assert str(other) in one_line(done.returncode, done.stdout, done.stderr)


def test_output_into_a_closed_pipe_is_no_error(installation: Running) -> None:
    argv = [sys.executable, "-m", "regulars", "identities", "dump", "--data", str(installation.folder)]
    with subprocess.Popen(
        argv, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
        process.wait(PATIENCE)
