"""Load for tests of faults: senders that send again until they are acknowledged, and what must hold afterwards."""

import random
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from support.running import OK, PATIENCE, Running, now

SEED = 20261122


class Sender(threading.Thread):
    """Sends small batches without end and again until they are acknowledged, as SDKs do."""

    def __init__(self, running: Running, number: int) -> None:
        super().__init__(daemon=True)
        self.source = f"sender-{number}"
        self.key = running.key("secret", self.source)
        self.acknowledged: list[str] = []
        self.sent: list[dict[str, object]] = []
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

    def give_up(self) -> None:
        """End without waiting for what is on its way."""
        self._done.set()
        self.failure = self.failure or "given up"

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
                self.sent += items
                return
            if answer is not None and answer.status_code not in (429, 500, 503):
                self.failure = self.last
                return
            self.retries += 1
            time.sleep(0.1)
        self.failure = self.failure or f"a batch was never acknowledged: {self.last}, {self.retries} retries"


def assert_kept(running: Running, senders: Sequence[Sender], undisturbed: Path) -> None:
    """What was acknowledged is there once, and gives what it gives where nothing ever failed."""
    running.wait()
    for sender in senders:
        assert len(sender.acknowledged) > 20
        assert running.message_ids(sender.source) == sorted(sender.acknowledged)
        assert running.rejected(sender.source) == []
    found = running.cli("digest")[0]
    assert found == undisturbed_digest(running, senders, undisturbed)


def undisturbed_digest(running: Running, senders: Sequence[Sender], folder: Path) -> object:
    """The digest of another installation with the same secret that takes in the same events in peace."""
    folder.mkdir(mode=0o700)
    for name in ("secret", "secret.fingerprint"):
        shutil.copy(running.folder / name, folder / name)
    other = Running(folder)
    other.start()
    try:
        for sender in senders:
            key = other.key("secret", sender.source)
            for at in range(0, len(sender.sent), 500):
                other.send(key, *sender.sent[at : at + 500])
        other.wait()
        return other.cli("digest")[0]
    finally:
        other.close()
