"""All settings in one frozen struct: defaults, then `regulars.toml` of the data folder, then the environment."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from regulars.collection.redaction import IpPolicy
from regulars.identity.blocked import Policy
from regulars.identity.rules import Rules

FILE = "regulars.toml"
DEFAULT_DATA = "data"


class SettingsError(Exception):
    """A setting is wrong; the message names it and how to mend it."""


class Settings(msgspec.Struct, frozen=True):
    """One installation's settings.

    `database_url` is empty for the embedded PostgreSQL; `shared_buffers` is in PostgreSQL's words; `currency` is what
    amounts without one are in.
    """

    data: Path = Path(DEFAULT_DATA)
    host: str = "127.0.0.1"
    port: int = 8765
    database_url: str = ""
    shared_buffers: str = "512MB"
    currency: str = ""
    ip: IpPolicy = IpPolicy.MASK
    rules: Rules = Rules()
    policy: Policy = Policy()


_PLAIN = {"host": str, "port": int, "database_url": str, "shared_buffers": str, "currency": str}
_ENVIRONMENT = {"REGULARS_DATABASE_URL": "database_url", "REGULARS_HOST": "host", "REGULARS_PORT": "port"}


def load(data: Path | str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a data folder (REGULARS_DATA, else `data`). Raises SettingsError."""
    folder = Path(data or environment.get("REGULARS_DATA") or DEFAULT_DATA)
    said = _read(folder / FILE)
    for name, key in _ENVIRONMENT.items():
        if environment.get(name):
            said[key] = environment[name]
    return _settings(folder, said)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _settings(folder: Path, said: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {"data": folder}
    try:
        for key, value in said.items():
            if key in _PLAIN:
                values[key] = _plain(key, value)
            elif key == "ip":
                values[key] = IpPolicy(value)
            elif key == "rules":
                values[key] = Rules.from_settings(value)
            elif key == "policy":
                values[key] = Policy.from_settings(value)
            else:
                raise ValueError(f"{key}: no such setting")
    except ValueError as error:
        raise SettingsError(f"settings: {error}") from None
    return Settings(**values)


def _plain(key: str, value: Any) -> Any:
    if _PLAIN[key] is int:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if type(number) is not int or not 0 <= number <= 65535:
            raise ValueError(f"{key}: must be a port number, not {value!r}")
        return number
    if not isinstance(value, str):
        raise ValueError(f"{key}: must be text, not {value!r}")
    return value
