"""`kill -9` of anything at any moment, under load: what was acknowledged is there once, a rebuild gives the same."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from support.load import SEED, Sender, assert_kept
from support.running import Running

pytestmark = pytest.mark.slow

KILLS = 20
SENDERS = 4
VICTIMS = ("web", "pipeline", "postgres", "up")


def kill(running: Running, victim: str) -> None:
    """Kill one process as hard as it goes; a killed `up` is started again, as an administrator would."""
    if victim != "up":
        running.kill(victim)
        return
    assert running.process is not None
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    running.start()


@pytest.mark.timeout(300)
def test_a_web_server_killed_while_it_starts_is_started_again_at_once(tmp_path: Path) -> None:
    running = Running(tmp_path / "data")
    running.start()
    try:
        for _ in range(2):
            running.kill("web")
            time.sleep(0.6)  # the next one is there and does not answer yet
        killed = time.monotonic()
        running.until_ready()
        assert time.monotonic() - killed < 20
    finally:
        running.close()


@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    running = Running(tmp_path / "data")
    running.start()
    senders = [Sender(running, number) for number in range(SENDERS)]
    try:
        for sender in senders:
            sender.start()
        # Each at least once, then whatever comes.
        for victim in chance.sample(VICTIMS, len(VICTIMS)) + chance.choices(VICTIMS, k=KILLS - len(VICTIMS)):
            time.sleep(chance.uniform(0.5, 3.0))
            kill(running, victim)
        running.until_ready()
        for sender in senders:
            sender.finish()
        assert_kept(running, senders, tmp_path / "undisturbed")
        assert sum(sender.retries for sender in senders) > 0, "no kill was felt"
        before = running.cli("digest")[0]
        running.cli("rebuild")
        after = running.cli("digest")[0]
        assert after == before
    finally:
        running.close()
