"""What can be read only as a whole file (Excel, Parquet) out of an archive: unpacked to a private folder first."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regulars.collection.files.inputs import Input, Meter, opened
from regulars.collection.report import ImportFailed

LARGEST = 4 * 1024**3
_STEP = 1024 * 1024


@contextmanager
def as_file(source: Input, meter: Meter | None = None) -> Iterator[Path]:
    """A path under which the input lies unpacked, for as long as it is needed; raises ImportFailed."""
    if not source.member and not source.path.name.lower().endswith(".gz"):
        yield source.path
        return
    with tempfile.TemporaryDirectory(prefix="regulars-import-") as folder:
        path = Path(folder) / f"table.{source.format}"
        size = 0
        with opened(source, meter) as stream, path.open("wb") as file:
            while piece := stream.read(_STEP):
                size += len(piece)
                if size > LARGEST:
                    raise ImportFailed(f"{source.name} is larger than {LARGEST:,} bytes", "Unpack it first")
                file.write(piece)
        yield path
