"""The model as files: one array a file, mapped into memory when used, published at once by one small file."""

import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from regulars.recommendations.again import Gaps
from regulars.recommendations.alike import Neighbours
from regulars.recommendations.model import Catalogue, Model
from regulars.recommendations.popular import Popular
from regulars.storage.folder import private_folder

FORMAT: Final = 1
CURRENT: Final = "current.json"
LOOK_AGAIN: Final = 5.0
"""Seconds between two looks at whether there is a newer model."""


class Published(msgspec.Struct, frozen=True):
    """Which folder holds the model that is in use, and what it says of itself; `as_of` in days since 1970 UTC.

    `lines` is how many lines of orders the lake had, `made` when it was published, in seconds since 1970.
    """

    format: int
    folder: str
    as_of: float
    customers: int
    length: float
    lines: int
    made: float


_decode = msgspec.json.Decoder(Published).decode


def save(model: Model, folder: Path, lines: int = 0) -> Path:
    """Write a model beside those in `folder` and put it in their place; older ones are removed. Returns its folder.

    `lines` as in `Published`.
    """
    private_folder(folder)
    made = folder / f"model-{secrets.token_hex(6)}"
    private_folder(made)
    for name, array in _arrays(model).items():
        with (made / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    said = Published(FORMAT, made.name, model.as_of, model.customers, model.length, lines, time.time())
    temporary = made / CURRENT
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(said))
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(0o600)
    temporary.replace(folder / CURRENT)
    _sync(folder)
    for old in folder.glob("model-*"):
        # Whoever has one of them mapped goes on reading it.
        if old != made:
            shutil.rmtree(old, ignore_errors=True)
    return made


def published(folder: Path) -> Published | None:
    """What is in use; None where nothing is, or what another version wrote."""
    try:
        found = _decode((folder / CURRENT).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def load(folder: Path) -> Model | None:
    """The model that is in use, its arrays mapped; None where there is none."""
    said = published(folder)
    if said is None:
        return None

    def of(name: str) -> Any:
        # As a plain array: numpy's own class for mapped ones is slow to take a piece of.
        return np.load(folder / said.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)

    names = ("product", "name", "category", "categories", "store", "offered")
    return Model(
        said.as_of,
        said.customers,
        said.length,
        Catalogue(*(of(f"catalogue_{name}") for name in names)),
        of("inverse"),
        Gaps(of("gaps_days"), of("gaps_seen")),
        Neighbours(of("near_product"), of("near_strength")),
        Popular(*(of(f"popular_{name}") for name in ("overall", "trend", "start", "product", "share"))),
    )


class Latest:
    """The model in use, loaded again some seconds after another was published."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None has never any."""
        self._folder = folder
        self._said: Published | None = None
        self._model: Model | None = None
        self._look = 0.0

    def model(self) -> Model | None:
        """The model; None where there is none yet."""
        if self._folder is not None and time.monotonic() >= self._look:
            self._look = time.monotonic() + LOOK_AGAIN
            said = published(self._folder)
            if said != self._said:
                # Where it was replaced between two reads, the next look finds it.
                with suppress(OSError, ValueError):
                    self._model = None if said is None else load(self._folder)
                    self._said = said
        return self._model


def _arrays(model: Model) -> dict[str, Any]:
    parts: dict[str, Any] = {name: getattr(model, name) for name in ("catalogue", "gaps", "near", "popular")}
    found = {
        f"{part}_{name}": getattr(of, name) for part, of in parts.items() for name in (each.name for each in fields(of))
    }  # fmt: skip
    return {**found, "inverse": model.inverse}


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
