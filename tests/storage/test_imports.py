"""A run appends its rows exactly once, wherever it is broken off, and by one process at a time."""

import pytest
from support.installation import SHOP, Installation, track

from regulars.model.frame import Frame
from regulars.storage import imports, log
from regulars.storage.database import connect
from regulars.storage.imports import Counted, File, Run, Stopped

FILE = File("orders.csv", 12, "ab" * 32)
WHO = [("shop", 1)]


def frame(name: str) -> Frame:
    return Frame("shop", 1, 1_773_480_900_000_000, "batch", b'{"batch":[%s]}' % name.encode())


def names(installation: Installation) -> list[tuple[str, bytes]]:
    return [(each.run, each.body) for row in log.read(installation.connection, 0, 100) for each in row.frames]


def begin(installation: Installation, *files: File, map: str = "") -> Run:
    return imports.open_run(installation.connection, "map", WHO, files or [FILE], map)


def test_a_run_that_was_broken_off_goes_on(installation: Installation) -> None:
    run = begin(installation)
    assert (run.state, run.place, run.items, run.finished) == (imports.RUNNING, "", 0, None)
    imports.append(installation.connection, run, [frame("1"), frame("2")], "2")
    again = begin(installation)
    assert (again.id, again.place, again.items) == (run.id, "2", 2)
    imports.append(installation.connection, again, [frame("3")], "3")
    assert [run for run, _ in names(installation)] == [run.id] * 3
    done = imports.finish(installation.connection, again, b'{"rows":3}')
    assert (done.state, done.items, done.report) == (imports.DONE, 3, '{"rows":3}')
    assert done.finished is not None and done.files == (FILE,) and done.sources == (("shop", 1),)


def test_another_file_or_map_or_a_finished_run_is_another_run(installation: Installation) -> None:
    run = begin(installation)
    other = File("orders.csv", 12, "cd" * 32)
    found = {
        run.id,
        begin(installation, other).id,
        begin(installation, FILE, other).id,
        begin(installation, map="m").id,
    }
    assert len(found) == 4
    imports.finish(installation.connection, run)
    assert begin(installation).id not in found


def test_a_row_and_its_place_come_together_or_not_at_all(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(installation)

    def broken(name: str) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("regulars.storage.faults.hit", broken)
        with pytest.raises(InterruptedError):
            imports.append(installation.connection, run, [frame("1")], "1")
    assert names(installation) == []
    assert begin(installation).place == ""


def test_one_process_at_a_time(installation: Installation) -> None:
    run = begin(installation)
    with connect(installation.conninfo, autocommit=True) as other:
        with imports.held(installation.connection, run):
            assert imports.is_held(other, run.id)
            with pytest.raises(Stopped, match="another process"), imports.held(other, run):
                pass
        assert not imports.is_held(other, run.id)


def test_an_undone_run_takes_nothing_more(installation: Installation) -> None:
    run = begin(installation)
    assert imports.begin_undo(installation.connection, run.id)
    assert not imports.begin_undo(installation.connection, run.id)
    with pytest.raises(Stopped, match="undone"):
        imports.append(installation.connection, run, [frame("1")], "1")
    assert names(installation) == []
    assert begin(installation).id != run.id
    assert imports.find_runs(installation.connection, run.id)[0].state == imports.UNDOING


def test_runs_are_stopped_by_source(installation: Installation) -> None:
    run = begin(installation)
    assert imports.begin_undo_of(installation.connection, "another") == []
    assert imports.begin_undo_of(installation.connection, "shop") == [run.id]
    imports.end_undo_of(installation.connection, [run.id])
    assert imports.find_runs(installation.connection, run.id)[0].state == imports.UNDONE


@pytest.mark.parametrize("wanted", ["%", "_", "\\", "x' OR true --", "zzz"])
def test_an_id_is_not_a_pattern(installation: Installation, wanted: str) -> None:
    begin(installation)
    assert imports.find_runs(installation.connection, wanted) == []


def test_counts_are_those_of_the_pipeline(installation: Installation) -> None:
    run = begin(installation)
    body = b'{"batch":[{"type":"track","event":"A","userId":"u","messageId":"1"},'
    body += b'{"type":"track","event":"A","userId":"u","messageId":"1"},{"type":"nonsense"}]}'
    imports.append(installation.connection, run, [Frame("shop", 1, 1_773_480_900_000_000, "import", body, 3)], "3")
    installation.send(SHOP, track("Cart Viewed", "someone"))
    found = imports.counts(installation.connection, run.id)
    assert (found, found.present) == (Counted(3, 1, 1), 1)
    done = imports.finish(installation.connection, run)
    assert (done.items, done.added, done.present, done.rejected) == (3, 1, 1, 1)
