"""Keeps the child processes of `regulars up` running, and ends them all with it."""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType

from regulars.cli import leftovers
from regulars.cli.child import Child
from regulars.cli.logs import Say, to_stderr
from regulars.storage.folder import DataFolder, FolderError, open_log
from regulars.storage.processes import die_with_parent, send

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 10.0


class _Running:
    """The state of one child."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.hook = ""  # the hook that runs now: "before", "after", "done" or ""
        self.prepared = False
        self.was_ready = False
        self.done = False
        self.since = 0.0
        self.pause = 0.0
        self.retry_at = 0.0


class Supervisor:
    """Runs children in the order in which they were added, each once those before it have become ready.

    One that dies is started again after 0.2 s, then twice as long up to 5 s, for ever. SIGTERM, SIGINT, SIGHUP or
    `stop` end all in reverse order. `say` is told each thing that a person should know.
    """

    def __init__(self, folder: DataFolder, say: Say = to_stderr) -> None:
        self.folder = folder
        self._say = say
        self._all: list[_Running] = []
        self._results: deque[tuple[_Running, BaseException | None]] = deque()
        self._stopping = False
        self._failure: BaseException | None = None
        self._record = folder.run / "pids.json"
        self._wake_read, self._wake_write = -1, -1

    def add(self, child: Child) -> "Supervisor":
        """Add a child behind those that are there; returns the supervisor."""
        self._all.append(_Running(child))
        return self

    def stop(self) -> None:
        """End everything, as SIGTERM does; may be called from any thread and from hooks."""
        self._stopping = True
        self._wake()

    def run(self) -> None:
        """Own the folder and run until told to stop; call it from the main thread.

        Raises FolderError when another process owns the folder, or when a hook says so at a child's first start.
        """
        with ExitStack() as stack:
            stack.enter_context(self.folder.locked())
            stack.enter_context(self._signals())
            for name in leftovers.end_leftovers(self._record, self.folder.path):
                self._say(f"ended {name}, left over by an earlier run", "leftover_ended", child=name)
            try:
                while not self._stopping:
                    self._sleep(self._advance())
            finally:
                self._stop_all()
        if self._failure is not None:
            raise self._failure

    def _advance(self) -> float | None:
        """Do all that can be done now; return when to look again by the monotonic clock, or None."""
        self._take_results()
        for running in self._all:
            self._reap(running)
        for running in self._all:
            if running.process is None and not running.hook and not running.done and not self._stopping:
                self._start(running)
            if not running.was_ready:
                break
        waiting = [r.retry_at for r in self._all if r.process is None and not r.hook and not r.done and r.pause]
        return min(waiting, default=None)

    def _start(self, running: _Running) -> None:
        if time.monotonic() < running.retry_at:
            return
        if running.child.before is not None and not running.prepared:
            self._in_background(running, "before", running.child.before)
            return
        running.prepared = False
        try:
            process = self._spawn(running.child)
        except (OSError, FolderError) as error:
            self._failed(running, error)
            return
        running.process, running.since = process, time.monotonic()
        self._write_record()
        after = running.child.after
        if after is None:
            running.was_ready = True
        else:
            self._in_background(running, "after", lambda: after(process.pid))

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        """Start the process, in the main thread: the kernel ties a child to the thread that started it."""
        argv, arguments = child.command()
        env = {**arguments.pop("env", os.environ), **child.env, leftovers.MARKER: str(self.folder.path)}
        with ExitStack() as stack:
            output = stack.enter_context(open_log(self.folder.logs / f"{child.name}.log")) if child.log else None
            tie = die_with_parent(child.stop[0][0])
            arguments = {"stdin": subprocess.DEVNULL, **arguments, "stdout": output, "stderr": output, "env": env}
            return subprocess.Popen(argv, preexec_fn=tie, process_group=0, **arguments)

    def _in_background(self, running: _Running, hook: str, function: Callable[[], None]) -> None:
        running.hook = hook

        def work() -> None:
            error: BaseException | None = None
            try:
                function()
            except BaseException as raised:
                error = raised
            self._results.append((running, error))
            self._wake()

        threading.Thread(target=work, name=f"{hook}-{running.child.name}", daemon=True).start()

    def _take_results(self) -> None:
        while self._results:
            running, error = self._results.popleft()
            hook, running.hook = running.hook, ""
            if hook == "done":
                if error is not None:
                    self._say(f"{running.child.name}: {error}", "child_hook_failed", child=running.child.name)
            elif error is not None:
                self._failed(running, error)
            elif hook == "before":
                running.prepared = True
            elif running.process is not None:
                running.was_ready = True

    def _failed(self, running: _Running, error: BaseException) -> None:
        """A start did not succeed: at the first one a FolderError ends everything, since it says what to mend.

        A process that somebody killed while it started is no such case.
        """
        if self._stopping:
            return
        process = running.process
        killed = process is not None and self._exited(running) and process.returncode < 0
        if isinstance(error, FolderError) and not running.was_ready and not killed:
            self._failure = error
            self.stop()
            return
        self._end(running)
        reason = " ".join(str(error).split()) or type(error).__name__
        self._again(running, _ending(process.returncode) if process is not None and killed else reason)

    def _again(self, running: _Running, reason: str) -> None:
        now = time.monotonic()
        steady = running.since and now - running.since > STEADY_SECONDS
        running.pause = FIRST_PAUSE if steady or not running.pause else min(LONGEST_PAUSE, running.pause * 2)
        running.since, running.prepared, running.retry_at = 0.0, False, now + running.pause
        text = f"{running.child.name}: {reason}; starting it again in {running.pause:.1f} s"
        self._say(text, "child_ended", child=running.child.name, reason=reason, again_in_s=running.pause)

    def _reap(self, running: _Running) -> None:
        """Notice the end of a process; while its `after` hook still runs, that hook is waited for first."""
        if running.process is None or running.hook or not self._exited(running):
            return
        code = running.process.returncode
        running.process = None
        self._write_record()
        if running.child.once and code == 0:
            running.done = True
            if running.child.done is not None:
                self._in_background(running, "done", running.child.done)
            return
        self._again(running, _ending(code))

    def _exited(self, running: _Running) -> bool:
        """Whether the process has ended; if so, what is left of its group is killed and it is reaped."""
        process = running.process
        if process is None or process.returncode is not None:
            return True
        # not reaped yet, so that its pid, and with it the group's id, cannot belong to anybody else
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True

    def _end(self, running: _Running) -> None:
        """End a process by its signals, waiting the time that each is given."""
        for number, seconds in running.child.stop:
            if self._exited(running) or running.process is None:
                break
            send(running.process.pid, number)
            deadline = time.monotonic() + seconds
            while not self._exited(running) and time.monotonic() < deadline:
                self._sleep(deadline)
        running.process = None
        self._write_record()

    def _stop_all(self) -> None:
        self._stopping = True
        for running in reversed(self._all):
            self._end(running)
            deadline = time.monotonic() + 10.0
            self._take_results()
            while running.hook and time.monotonic() < deadline:
                self._sleep(deadline)
                self._take_results()
            if running.child.ended is not None:
                try:
                    running.child.ended()
                except FolderError as error:
                    self._say(f"{running.child.name}: {error}", "child_not_ended", child=running.child.name)

    def _write_record(self) -> None:
        running = [(r.child, r.process.pid) for r in self._all if r.process is not None]
        leftovers.write(self._record, [leftovers.entry(child.name, pid, child.stop) for child, pid in running])

    def _sleep(self, until: float | None) -> None:
        """Sleep until a signal, a finished hook, `stop`, or the given time."""
        timeout = None if until is None else max(0.0, until - time.monotonic())
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            selector.select(timeout)
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def _wake(self) -> None:
        with suppress(OSError):  # a full pipe wakes as well; a closed one has nobody to wake
            os.write(self._wake_write, b"\0")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """While it lasts, signals wake the loop, and those that ask to end are taken as `stop`."""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

        def asked(number: int, frame: FrameType | None) -> None:
            self._stopping = True

        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {number: signal.signal(number, asked) for number in numbers}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        woken = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
            read, write = self._wake_read, self._wake_write
            self._wake_read, self._wake_write = -1, -1
            os.close(read)
            os.close(write)


def _ending(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
