"""`kill -9` of anything at any moment, under load: what was acknowledged is there once, a rebuild gives the same."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from support.running import OK, PATIENCE, Running, now

pytestmark = pytest.mark.slow

KILLS = 6
SENDERS = 4
SEED = 20261122
VICTIMS = ("web", "pipeline", "postgres", "up")


class Sender(threading.Thread):
    """Sends small batches without end and again until they are acknowledged, as SDKs do."""

    def __init__(self, running: Running, number: int) -> None:
        super().__init__(daemon=True)
        self.source = f"sender-{number}"
        self.key = running.key("secret", self.source)
        self.acknowledged: list[str] = []
        self.retries = 0
        self.failure = ""
        self.last = ""
        self._address = running.address
        self._done = threading.Event()
        self._random = random.Random(SEED + number)

    def run(self) -> None:
        with httpx.Client(base_url=self._address, trust_env=False, timeout=10) as client:
            number = 0
            while not self._done.is_set() and not self.failure:
                items = [self._item(number + each) for each in range(self._random.randrange(1, 20))]
                number += len(items)
                self._send(client, items)

    def finish(self) -> None:
        """End once the batch on its way is acknowledged."""
        self._done.set()
        self.join(PATIENCE)
        assert not self.is_alive(), "a batch was never acknowledged"
        assert not self.failure

    def _item(self, number: int) -> dict[str, object]:
        user = f"{self.source}-{self._random.randrange(40)}"
        item = {"messageId": f"{self.source}:{number}", "userId": user, "timestamp": now()}
        if number % 5 == 0:
            return {**item, "type": "identify", "traits": {"email": f"{user}@mail.example", "n": number}}
        if number % 5 == 1:
            said = {"order_id": f"{self.source}-{number}", "total": 9.99, "products": [{"product_id": "mug"}]}
            return {**item, "type": "track", "event": "Order Completed", "properties": said}
        return {**item, "type": "track", "event": "Product Viewed", "properties": {"product_id": str(number % 90)}}

    def _send(self, client: httpx.Client, items: list[dict[str, object]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer: httpx.Response | None = None
            try:
                answer = client.post("/v1/batch", json={"batch": items}, auth=(self.key, ""))
            except httpx.TransportError as error:
                self.last = repr(error)
            else:
                self.last = f"{answer.status_code}: {answer.text}"
            if answer is not None and answer.status_code == 200 and answer.content == OK:
                self.acknowledged += [str(item["messageId"]) for item in items]
                return
            if answer is not None and answer.status_code not in (429, 500, 503):
                self.failure = self.last
                return
            self.retries += 1
            time.sleep(0.1)
        self.failure = f"a batch was never acknowledged: {self.last}, {self.retries} retries"


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


@pytest.mark.timeout(600)
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
        running.wait()
        for sender in senders:
            assert len(sender.acknowledged) > 20
            assert running.message_ids(sender.source) == sorted(sender.acknowledged)
            assert running.rejected(sender.source) == []
        assert sum(sender.retries for sender in senders) > 0, "no kill was felt"
        before = running.cli("digest")[0]
        running.cli("rebuild")
        after = running.cli("digest")[0]
        assert after == before
    finally:
        running.close()
