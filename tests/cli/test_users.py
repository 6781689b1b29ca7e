"""`regulars users`: the owner's first link, links for others, and who there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installation import KEY, Installation
from support.site import add_user, run

from regulars.app import App
from regulars.cli.main import main
from regulars.cli.users import address_of, first_link, is_without_owner
from regulars.model.user import Role, User
from regulars.settings import FILE, load
from regulars.storage import users
from regulars.storage.one_time_links import user_of_link


@pytest.fixture
def folder(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    App(load(tmp_path / "data"), create=True)
    yield tmp_path / "data"


def told(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["users", *arguments, "--data", str(folder)])
    said = capsys.readouterr()
    return code, said.out.strip(), said.err.strip()


def holder(installation: Installation, link: str) -> User | None:
    """Return whom a link is for."""
    return run(installation, lambda connection: user_of_link(connection, link.rpartition("/")[2]))


def test_the_first_owner(folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nobody yet" in told(capsys, folder, "list")[1]
    app = App(load(folder))
    address = address_of(app, 9000)
    first, second = first_link(app, address), first_link(app, address)
    assert first.startswith("http://127.0.0.1:9000/welcome/") and first != second
    found = [holder(installation, link) for link in (first, second)]
    assert found[0] is None and found[1] is not None and found[1].role == Role.OWNER
    assert told(capsys, folder, "list")[1] == "(no e-mail address yet)  owner    (no password yet)"
    owner = found[1].id
    assert is_without_owner(app)
    run(installation, lambda c: users.change(c, owner, email="ada@shop.example", name="Ada", password="x"))
    assert first_link(app, address) == "" and not is_without_owner(app)
    code, link, _ = told(capsys, folder, "link", "--port", "9000")
    assert code == 0 and link.startswith(address)


def test_links_for_others(folder: Path, installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    id, email = add_user(installation, Role.CARE)
    code, link, _ = told(capsys, folder, "link", email.upper())
    user = holder(installation, link)
    assert code == 0 and user is not None and user.id == id
    run(installation, lambda c: users.change(c, id, ended=1))
    for wrong in (email, "nobody@shop.example", "\udcff", "é", "x" * 10_000):
        code, said, error = told(capsys, folder, "link", wrong)
        assert code == 1 and not said and error.count("\n") == 0, wrong[:20]
    rows = installation.connection.execute("SELECT actor, action, detail FROM audit").fetchall()
    assert rows == [("cli", "make one-time link", f"user:{id}")]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", "http://127.0.0.1:1"), ('host = "0.0.0.0"', "http://localhost:1"), ('host = "::1"', "http://[::1]:1"),
        ('address = "https://r.example/"', "https://r.example"),
    ],
)  # fmt: skip
def test_the_address(folder: Path, said: str, wanted: str) -> None:
    (folder / FILE).write_text(said)
    assert address_of(App(load(folder)), 1) == wanted
