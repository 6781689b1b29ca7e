"""Sends through an unmodified segment-analytics-python: ADDRESS KEY USER COUNT PAUSE; prints message ids as JSON."""

import json
import sys
import time
from typing import Any

from segment.analytics.client import Client

address, key, user, count, pause = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
errors: list[str] = []
client = Client(
    key,
    host=address,
    gzip=True,
    max_retries=30,
    upload_size=5,
    upload_interval=0.2,
    on_error=lambda error, batch: errors.append(str(error)),
)


def call(number: int) -> Any:
    calls = (
        lambda: client.identify(user, {"email": f"{user}@mail.example", "firstName": "Greta", "n": number}),
        lambda: client.track(user, "Order Completed", {"order_id": f"{user}-{number}", "total": 24.9}),
        lambda: client.page(None, "Shop", "Start", {"path": "/", "n": number}, anonymous_id=f"anon-{user}"),
        lambda: client.screen(user, "App", "Basket", {"n": number}),
        lambda: client.group(user, "choir", {"n": number}),
        lambda: client.alias(f"anon-{user}", user),
    )
    return calls[number % len(calls)]()


ids = []
for number in range(count):
    taken, message = call(number)
    assert taken, message
    ids.append(message["messageId"])
    time.sleep(pause)
client.flush()
client.join()
assert not errors, errors
print(json.dumps(ids))
