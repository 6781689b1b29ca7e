"""Writes sent by a thread come in their order, and what goes wrong with them is told."""

import threading

import pytest

from regulars.storage.later import AtOnce, Later


def test_writes_come_in_their_order() -> None:
    later, done = Later(), list[int]()
    gate = threading.Event()
    later.do(gate.wait, 10)
    for n in range(50):
        later.do(done.append, n)
    assert done == []
    gate.set()
    later.settle()
    assert done == list(range(50))


def test_the_first_failure_is_raised_once_everything_has_ended() -> None:
    later, done = Later(), list[str]()

    def fail(name: str) -> None:
        raise ValueError(name)

    later.do(fail, "first")
    later.do(done.append, "after")
    later.do(fail, "second")
    with pytest.raises(ValueError, match="first"):
        later.settle()
    assert done == ["after"]
    later.settle()


def test_what_is_given_up_is_not_begun_any_more() -> None:
    later, done = Later(), list[str]()
    begun, gate = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(10)
        done.append("slow")

    later.do(slow)
    later.do(done.append, "never")
    begun.wait(10)
    threading.Timer(0.05, gate.set).start()
    later.give_up()
    assert done == ["slow"]
    later.do(done.append, "next")
    later.settle()
    assert done == ["slow", "next"]


def test_an_end_comes_after_all_and_the_next_goes_on_behind_it() -> None:
    later, done = Later(), list[str]()
    gate = threading.Event()
    later.do(gate.wait, 10)
    later.do(done.append, "write")
    ended = later.end(lambda: done.append("end"), lambda: done.append("taken back"))
    later.do(done.append, "next")
    assert done == []
    gate.set()
    later.settle()
    assert ended.result() is None and done == ["write", "end", "next"]


def test_an_end_fails_with_what_failed_before_it() -> None:
    later, done = Later(), list[str]()

    def fail(name: str) -> None:
        raise ValueError(name)

    later.do(fail, "first")
    ended = later.end(lambda: done.append("end"), lambda: done.append("taken back"))
    with pytest.raises(ValueError, match="first"):
        ended.result()
    assert done == ["taken back"]
    with pytest.raises(ValueError, match="last"):
        later.end(lambda: fail("last"), lambda: done.append("again")).result()
    assert done == ["taken back", "again"]
    later.settle()


def test_at_once_is_at_once() -> None:
    done = list[int]()
    AtOnce().do(done.append, 1)
    assert done == [1]
