"""The second half of the demo: a simulated town, laid over the receipts of the first."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from regulars.app import App
from regulars.cli.importing import Input, Part, bring_in, file_of, rows_of
from regulars.collection.receive import keep
from regulars.collection.retracted import DEMO
from regulars.collection.tracked import sources_of
from regulars.model.frame import Frame
from regulars.model.source import Source
from regulars.simulation.everyday.generate import generate
from regulars.simulation.everyday.journey import laid_over
from regulars.simulation.everyday.numbers import Numbers
from regulars.simulation.feed import read
from regulars.storage.database import Connection
from regulars.storage.imports import Run

CARDS, DAYS, SEED = 120, 365, 5
"""The town of the demo: `regulars simulate --over completejourney` with these gives the same, its truth included."""

FRAME_BYTES, FRAME_ITEMS = 400_000, 500


def lay_over(app: App, connection: Connection) -> tuple[Run, Numbers]:
    """Bring in the town around the first cards of the data set; what is in it, as the truth has it.

    The data set's own source is named with the town's, so that whoever takes the demo out finds this run too. Raises
    Stopped and CliError as `bring_in` does.
    """
    with TemporaryDirectory(prefix="regulars-town-") as name:
        folder = Path(name)
        found = generate(laid_over(CARDS, DAYS, SEED), folder)
        sources = sources_of(folder)
        files = [file_of(folder / each) for each in ("sources.json", "events.jsonl")]
        given = Input("town", [DEMO, *sources.values()], files)

        def parts(run: Run) -> Iterator[Part]:
            start = int(run.place or 0)
            frames = _frames(folder, sources, run.started, app)
            yield from rows_of(islice(frames, start, None), start)

        return bring_in(connection, given, parts, "Demo town", found.events, lambda: found, once=True), found


def _frames(folder: Path, sources: dict[str, Source], received: int, app: App) -> Iterator[Frame]:
    """The town's calls in full batches, source by source as they fill."""
    parts: dict[str, list[msgspec.Raw]] = {name: [] for name in sources}
    sizes = dict.fromkeys(sources, 0)
    for call in read(folder):
        part = parts[call.source]
        part.append(call.event)
        sizes[call.source] += len(bytes(call.event))
        if len(part) >= FRAME_ITEMS or sizes[call.source] >= FRAME_BYTES:
            yield _frame(sources[call.source], part, received, app)
            parts[call.source], sizes[call.source] = [], 0
    for name, part in parts.items():
        if part:
            yield _frame(sources[name], part, received, app)


def _frame(source: Source, events: list[msgspec.Raw], received: int, app: App) -> Frame:
    return keep(source, "import", msgspec.json.encode({"batch": events}), received, app.settings.ip)
