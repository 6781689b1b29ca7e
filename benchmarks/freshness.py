"""How long an acknowledged event takes to be seen through the JSON API, at a steady 1,000 events/s.

`p50_ms`, `p95_ms`: from the acknowledgement of a marked identify to the answer that knows its e-mail.
"""

import asyncio
import json
import time
import urllib.request
from base64 import b64encode

from _bench import PORT, bodies, drive, installation, key, percentile, request, result, serving

SECONDS = 20


async def watch(secret: str, number: int) -> float:
    """Send one marked identify; seconds from its 200 until the API knows the person."""
    mail = f"fresh{number}@mail.example"
    body = json.dumps({"userId": f"fresh-{number}", "traits": {"email": mail}, "messageId": f"fresh-{number}"}).encode()
    await drive([request("/v1/identify", secret, body)], 1)
    started = time.perf_counter()
    ask = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/api/customers?identifier=email:{mail}",
        headers={"Authorization": "Basic " + b64encode(f"{secret}:".encode()).decode()},
    )
    while True:
        answer = await asyncio.to_thread(lambda: urllib.request.urlopen(ask).read())
        if json.loads(answer)["customers"]:
            return time.perf_counter() - started
        await asyncio.sleep(0.005)


async def measure(secret: str) -> list[float]:
    """Marked events one after another while the steady load runs."""
    load = [request("/v1/batch", secret, body) for body in bodies(SECONDS * 1000, 5_000, each=10)]
    running = asyncio.create_task(drive(load, 8, per_second=100))
    took = []
    while not running.done():
        took.append(await watch(secret, len(took)))
        await asyncio.sleep(0.05)
    await running
    return took


def main() -> None:
    """Measure and print."""
    with installation() as app:
        secret = key(app)
        with serving(app, "web", "pipeline"):
            took = asyncio.run(measure(secret))
    print(f"{len(took)} marked events")
    result(p50_ms=1000 * percentile(took, 0.5), p95_ms=1000 * percentile(took, 0.95))


if __name__ == "__main__":
    main()
