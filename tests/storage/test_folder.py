"""The data folder: refusals first, then permissions, secret and lock."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from regulars.storage.folder import DataFolder, FolderError, private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGULARS_SECRET", raising=False)
    monkeypatch.delenv("REGULARS_DATABASE_URL", raising=False)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(FolderError, match="is a file"):
        DataFolder(tmp_path / "data")


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letters").mkdir()
    with pytest.raises(FolderError, match="no data folder of Regulars"):
        DataFolder(tmp_path)
    assert mode(tmp_path) == 0o755
    assert os.listdir(tmp_path) == ["letters"]


def test_a_missing_folder_is_not_made_for_readers(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="regulars up --data"):
        DataFolder(tmp_path / "typo", create=False)
    assert not (tmp_path / "typo").exists()


def test_everything_is_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "data")
    folder.secret()
    folder.password("regulars")
    for path in (folder.path, folder.postgres, folder.run, folder.logs):
        assert mode(path) == 0o700
    for name in ("secret", "secret.fingerprint", "regulars.password"):
        assert mode(folder.path / name) == 0o600
    assert DataFolder(folder.path, create=False).password("regulars") == folder.password("regulars")


def test_an_open_mode_is_closed_again(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.path.chmod(0o755)
    DataFolder(folder.path)
    assert mode(folder.path) == 0o700


def test_a_settings_file_may_stand_there_first(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text("")
    assert DataFolder(tmp_path).postgres.is_dir()


def test_a_link_laid_into_our_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="not a folder of ours"):
        private_folder(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make folders of other users")
def test_root_does_not_take_over_a_folder_planted_in_an_open_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "planted").mkdir()
    os.chown(tmp_path / "planted", 4242, 4242)
    with pytest.raises(FolderError, match="not a folder of ours"):
        private_folder(tmp_path / "planted")


def test_the_secret_stays(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "data").secret()
    assert len(first) == 32
    assert DataFolder(tmp_path / "data").secret() == first


@pytest.mark.parametrize("given", ["00" * 32, "zz", "00" * 8, ""])
def test_a_wrong_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.secret()
    monkeypatch.setenv("REGULARS_SECRET", given)
    with pytest.raises(FolderError, match="REGULARS_SECRET"):
        folder.secret()


def test_the_folders_own_secret_may_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    kept = folder.secret()
    monkeypatch.setenv("REGULARS_SECRET", kept.hex())
    assert folder.secret() == kept


def test_a_secret_kept_outside_must_be_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    monkeypatch.setenv("REGULARS_SECRET", "ab" * 32)
    assert folder.secret() == b"\xab" * 32
    assert not (folder.path / "secret").exists()
    monkeypatch.setenv("REGULARS_SECRET", "cd" * 32)
    with pytest.raises(FolderError, match="is not the secret of"):
        folder.secret()
    monkeypatch.delenv("REGULARS_SECRET")
    with pytest.raises(FolderError, match="set REGULARS_SECRET"):
        folder.secret()


def test_a_lost_secret_is_never_replaced(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.secret()
    (folder.path / "secret").unlink()
    with pytest.raises(FolderError, match="put back the file"):
        folder.secret()
    assert not (folder.path / "secret").exists()


def test_two_first_starts_agree_on_the_secret(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    code = "import sys; from regulars.storage.folder import DataFolder; print(DataFolder(sys.argv[1]).secret().hex())"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE) for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_only_one_process_owns_the_folder(tmp_path: Path) -> None:
    def second() -> None:
        with DataFolder(tmp_path / "data").locked():
            pass

    with DataFolder(tmp_path / "data").locked(), pytest.raises(FolderError, match=f"in use by process {os.getpid()}"):
        second()
    with DataFolder(tmp_path / "data").locked():
        pass


def test_the_lock_may_be_nested(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.locked():
        with folder.locked():
            pass
        with pytest.raises(FolderError), DataFolder(tmp_path / "data").locked():
            pass


def test_the_socket_of_a_long_path_lies_in_a_short_one(tmp_path: Path) -> None:
    short, long = DataFolder(tmp_path / "data"), DataFolder(tmp_path / ("x" * 100))
    assert len(bytes(long.sockets)) < 90
    assert long.sockets != DataFolder(tmp_path / ("y" * 100)).sockets
    if len(bytes(short.path)) < 60:
        assert short.sockets.is_relative_to(short.run)


def test_a_database_of_ones_own_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(FolderError, match="is not running"):
        folder.database_url()
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://db.example/shop")
    assert folder.database_url() == "postgresql://db.example/shop"
