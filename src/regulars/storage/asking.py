"""Questions put to the lake in a process of their own, which is ended when its time is over."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from regulars.storage.asked import Columns, End, Question, Rows
from regulars.storage.engine import LakeError
from regulars.storage.lake.manifest import read_manifest

LIMIT: Final = 1_000
SECONDS: Final = 30.0
MEMORY: Final = "1GB"
THREADS: Final = 2

PROGRAM: Final = ("-m", "regulars.storage.asked")

Answer = Columns | Rows | End
_decode = msgspec.json.Decoder(Answer).decode


def ask(
    folder: Path,
    query: str,
    *,
    limit: int = LIMIT,
    seconds: float = SECONDS,
    memory: str = MEMORY,
    threads: int = THREADS,
) -> Iterator[Answer]:
    """The answer: its columns, its rows some at a time, at most `limit`, and its end.

    Raises LakeError where there is no lake, where the query is wrong or reads anything else, where it takes longer
    than `seconds`, or needs more than `memory`.
    """
    question = Question(str(folder), query, limit, memory, threads, seconds)
    for last in (False, True):
        state = read_manifest(folder)
        begun = False
        for line in _run(question):
            if isinstance(line, End) and line.error:
                # Its files went while it read: a later state is there to be asked.
                if line.gone and not begun and not last and read_manifest(folder) != state:
                    break
                raise LakeError(line.error)
            begun = begun or isinstance(line, Rows)
            yield line
        else:
            return


def _run(question: Question) -> Iterator[Answer]:
    argv = [sys.executable, *PROGRAM]
    # Nothing of our environment: it may hold the secret or a password.
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, stderr=_NOWHERE)
    over = threading.Event()

    def end() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(question.seconds, end)
    timer.start()
    ended = False
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode(question))
        process.stdin.close()
        for written in process.stdout:
            line = _decode(written)
            ended = ended or isinstance(line, End)
            yield line
        if not ended and over.is_set():
            seconds = f"{question.seconds:g}"
            raise LakeError(
                f"it took longer than {seconds} s and was ended: ask for less, or give it more by --seconds"
            )
        if not ended:
            raise LakeError("the question could not be answered: its process broke off")
    except (BrokenPipeError, msgspec.DecodeError):
        raise LakeError("the question could not be answered: its process broke off") from None
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


_NOWHERE: Final = subprocess.DEVNULL
