"""What this process and the pipeline have done, as numbers for Prometheus; no label ever holds what somebody said."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from regulars.storage.totals import State, read_state
from regulars.web.access import Door, declared

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]

WAIT_SECONDS = 2.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# Else each counter brings a second series that tells when it was made.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The web process's own counters; they begin at nothing with it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "regulars_requests", "Calls of the tracking API, by the status answered", ["status"], registry=self.registry
        )
        self._items = Counter(
            "regulars_appended_items", "Items made durable in the log by this process", registry=self.registry
        )
        self._seconds = Histogram(
            "regulars_append_seconds",
            "Seconds from a frame's arrival at the log to its being durable",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._queue = Gauge(
            "regulars_append_queue_bytes", "Bytes of bodies that wait for their commit", registry=self.registry
        )

    def answered(self, status: int) -> None:
        """Count one answer."""
        self._answers.labels(status).inc()

    def appended(self, items: int, seconds: float) -> None:
        """Count one frame that became durable."""
        self._items.inc(items)
        self._seconds.observe(seconds)

    def watch(self, waiting: Callable[[], int]) -> None:
        """Read the size of the queue from here."""
        self._queue.set_function(waiting)

    def text(self, state: State | None, now: int) -> bytes:
        """All of it in Prometheus' text format; without a state the database could not be asked."""
        return generate_latest(self.registry) + generate_latest(_Database(state, now))


class _Database:
    """What the database says, as it stood at `now`, in microseconds since 1970 UTC."""

    def __init__(self, state: State | None, now: int) -> None:
        self._state = state
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The metrics of it."""
        yield GaugeMetricFamily("regulars_database_up", "Whether the database answered", int(self._state is not None))
        if self._state is not None:
            yield from _behind(self._state, self._now)
            yield from _done(self._state)


def _behind(state: State, now: int) -> Iterator[Metric]:
    yield GaugeMetricFamily("regulars_log_rows", "Rows ever appended to the log (its last place)", state.last)
    yield GaugeMetricFamily("regulars_cursor_lag_rows", "Rows that the pipeline has yet to take", state.rows)
    yield GaugeMetricFamily("regulars_cursor_lag_items", "Items that the pipeline has yet to take", state.items)
    seconds = max(0.0, (now - state.oldest) / 1e6) if state.rows else 0.0
    yield GaugeMetricFamily("regulars_cursor_lag_seconds", "Age of the oldest row yet to be taken", seconds)
    yield GaugeMetricFamily("regulars_leader_present", "Whether a pipeline leads", int(state.led))
    behind = math.nan if state.lake is None else max(0.0, (now - state.lake) / 1e6) if state.lake else 0.0
    yield GaugeMetricFamily("regulars_lake_lag_seconds", "Age of a lake that is behind the pipeline", behind)


def _done(state: State) -> Iterator[Metric]:
    totals = state.totals
    yield CounterMetricFamily("regulars_batches", "Batches that the pipeline committed", totals.batches)
    yield CounterMetricFamily("regulars_events_accepted", "Events that the pipeline accepted", totals.accepted)
    rejected = CounterMetricFamily("regulars_items_rejected", "Items rejected, by reason", labels=["reason"])
    for reason, n in sorted(totals.rejected.items()):
        rejected.add_metric([reason], n)
    yield rejected
    steps = CounterMetricFamily("regulars_step_seconds", "Seconds that the pipeline spent, by step", labels=["step"])
    for step, seconds in totals.seconds.items():
        steps.add_metric([step], seconds)
    yield steps


async def _look(pool: Pool) -> State | None:
    try:
        async with asyncio.timeout(WAIT_SECONDS), pool.connection(timeout=WAIT_SECONDS) as connection:
            return await read_state(connection)
    except (psycopg.Error, PoolTimeout, TimeoutError):
        return None


def metrics_handler(metrics: Metrics, pool: Pool) -> HTTPRouteHandler:
    """`GET /metrics`; it answers also while the database is away."""

    @get(
        "/metrics",
        name="metrics",
        summary="Numbers for Prometheus",
        media_type="text/plain",
        opt=declared(Door.PUBLIC),
        tags=["health"],
    )
    async def scrape() -> Response[Any]:
        body = metrics.text(await _look(pool), time.time_ns() // 1000)
        return Response(
            body,
            media_type="text/plain",
            headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
        )

    return scrape
