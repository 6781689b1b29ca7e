"""What the supervisor runs: a named process, how it starts and how it is ended."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.storage import cluster
from regulars.storage.cluster import Cluster, Launch

Stop = tuple[tuple[signal.Signals, float], ...]
TERMINATE: Stop = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Child:
    """A process to keep running, or, with `once`, to run until it has ended with code 0.

    `before` runs before each start; `after` (with the pid) must return when the process is ready, and raise when it is
    gone; `done` runs after the good end of one that runs `once`; `ended` runs after the last end. All but `ended` run
    in a thread of their own. `stop` are the signals to end it, each with the seconds it is given. Output goes to the
    terminal, or with `log` to `logs/NAME.log`. `launch` replaces `argv` and may add arguments of
    `subprocess.Popen`.
    """

    name: str
    argv: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    log: bool = False
    once: bool = False
    before: Callable[[], None] | None = None
    after: Callable[[int], None] | None = None
    done: Callable[[], None] | None = None
    ended: Callable[[], None] | None = None
    launch: Callable[[], Launch] | None = None
    stop: Stop = TERMINATE

    def command(self) -> tuple[list[str], dict[str, Any]]:
        """The arguments of the program, and those of `subprocess.Popen`."""
        if self.launch is None:
            return list(self.argv), {}
        launch = self.launch()
        return launch.argv, dict(launch.arguments)


def database_child(embedded: Cluster, then: Callable[[], None] | None = None) -> Child:
    """The embedded PostgreSQL as the first child; `then` (such as migrations) runs each time it has become ready."""

    def ready(pid: int) -> None:
        embedded.ready(pid)
        if then is not None:
            then()

    return Child(
        "postgres",
        log=True,
        before=embedded.prepare,
        launch=embedded.launch,
        after=ready,
        ended=embedded.stop,
        stop=cluster.STOP,
    )
