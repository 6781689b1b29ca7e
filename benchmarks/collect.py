"""How fast the tracking API makes events durable, beside decoding and appending without HTTP in the same run.

`events_per_s`: batches of 100 over 8 connections; `ratio_to_floor`: that by the floor; `p99_ms_at_20k`: at a steady
20,000 events/s; `single_per_s`: single /v1/track calls. Server, database and load share the machine.
"""

import asyncio
import time

from _bench import bodies, drive, installation, key, percentile, request, result, serving

from regulars.app import App
from regulars.collection.decode import decode_frame
from regulars.collection.receive import receive
from regulars.model.source import Source, Trust
from regulars.storage import log

EVENTS = 200_000
GROUP = 8


def floor(app: App, made: list[bytes]) -> float:
    """Events a second when the same bodies are read, decoded and appended in groups by one process, without HTTP."""
    source = Source("bench", Trust.SERVER)
    started = time.perf_counter()
    with app.connect() as connection:
        group = []
        for body in made:
            frame = receive(source, "batch", body, "", time.time_ns() // 1000)
            decode_frame(frame, source, app.secret, "0:0")
            group.append(frame)
            if len(group) == GROUP:
                log.append(connection, [group])
                group = []
        log.append(connection, [group])
    return 100 * len(made) / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    made = list(bodies(EVENTS, 20_000))
    with installation() as app:
        lowest = floor(app, made)
        secret = key(app)
        batches = [request("/v1/batch", secret, body) for body in made]
        with serving(app, "web"):
            asyncio.run(drive(batches[:100], 8))
            started = time.perf_counter()
            asyncio.run(drive(batches, 8))
            rate = EVENTS / (time.perf_counter() - started)
            steady = asyncio.run(drive(batches, 16, per_second=200))
            singles = [
                request("/v1/track", secret, b'{"event":"Seen","userId":"u","messageId":"s%d"}' % n)
                for n in range(20_000)
            ]
            started = time.perf_counter()
            asyncio.run(drive(singles, 64))
            single = len(singles) / (time.perf_counter() - started)
    print(f"batches of 100: {rate:,.0f} events/s, floor {lowest:,.0f}; single calls {single:,.0f}/s")
    result(
        events_per_s=rate,
        ratio_to_floor=rate / lowest,
        p99_ms_at_20k=1000 * percentile(steady, 0.99),
        single_per_s=single,
    )


if __name__ == "__main__":
    main()
