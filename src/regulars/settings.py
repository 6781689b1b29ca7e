"""All settings in one frozen struct: defaults, then `regulars.toml` of the data folder, then the environment."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict

from regulars.collection.redaction import IpPolicy
from regulars.identity.blocked import Policy
from regulars.identity.rules import Rules
from regulars.messaging.channels.settings import Mail, Webhooks
from regulars.model.claims import Claims
from regulars.model.contact import ContactPolicy
from regulars.model.kinds import ConsentSettings
from regulars.model.money import currency_code
from regulars.model.rejection import Refused
from regulars.model.retention import Retention
from regulars.model.shop import Shop
from regulars.segments.moment import AUTO, MODES

FILE = "regulars.toml"
DEFAULT_DATA = "data"


class SettingsError(Exception):
    """A setting is wrong; the message names it and how to mend it."""


class Settings(msgspec.Struct, frozen=True):
    """One installation's settings.

    `database_url` is empty for the embedded PostgreSQL; `shared_buffers` is in PostgreSQL's words; `currency` is what
    amounts without one are in; `address` is where people reach the pages, empty for host and port; `locale` and
    `timezone` are the shop's own, by which pages write numbers and times; `as_of` is the moment of `segments.moment`.
    """

    data: Path = Path(DEFAULT_DATA)
    host: str = "127.0.0.1"
    port: int = 8765
    database_url: str = ""
    shared_buffers: str = "1GB"
    currency: str = ""
    address: str = ""
    locale: str = "en-GB"
    timezone: str = "UTC"
    as_of: str = AUTO
    ip: IpPolicy = IpPolicy.MASK
    rules: Rules = Rules()
    policy: Policy = Policy()
    retention: Retention = Retention()
    claims: Claims = Claims()
    consent: ConsentSettings = ConsentSettings()
    contact: ContactPolicy = ContactPolicy()
    mail: Mail = Mail()
    webhooks: Webhooks = Webhooks()
    shop: Shop = Shop()


_MEMORY = re.compile(r"[1-9][0-9]{0,8}(kB|MB|GB|TB)")
_ENVIRONMENT = {
    "REGULARS_DATABASE_URL": "database_url",
    "REGULARS_HOST": "host",
    "REGULARS_PORT": "port",
    "REGULARS_ADDRESS": "address",
}


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
    for key, value in said.items():
        try:
            if key in _TABLES and isinstance(value, Mapping):
                values[key] = _table(key, value)
            else:
                values[key] = _plain(key, value)
        except ValueError as error:
            raise SettingsError(f"settings: {error}") from None
    return Settings(**values)


def _table(key: str, value: Mapping[str, Any]) -> Any:
    try:
        return _TABLES[key](value)
    except ValueError as error:
        raise ValueError(f"{key}.{error}") from None


def _plain(key: str, value: Any) -> Any:
    read = _PLAIN.get(key)
    if read is None:
        raise ValueError(f"{key}: must be a table" if key in _TABLES else f"{key}: no such setting")
    try:
        return read(value)
    except Refused as error:
        raise ValueError(f"{key}: {error.message}") from None
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {value!r}")
    return value


def _host(value: Any) -> str:
    if not _text(value).strip():
        raise ValueError("must be an address to listen on; 0.0.0.0 means all of this machine's")
    return _text(value).strip()


def _port(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 6 else value
    if type(number) is not int or not 0 <= number <= 65535:
        raise ValueError(f"must be a port number, not {value!r}")
    return number


def _database_url(value: Any) -> str:
    try:
        conninfo_to_dict(_text(value))
    except psycopg.ProgrammingError:
        # It may hold a password, so it is not shown.
        raise ValueError("must be a connection string or an address of PostgreSQL") from None
    return _text(value)


def _memory(value: Any) -> str:
    if not _MEMORY.fullmatch(_text(value)):
        raise ValueError(f"must be an amount of memory such as 512MB, not {value!r}")
    return _text(value)


def _currency(value: Any) -> str:
    return currency_code(value, "$")


def _address(value: Any) -> str:
    wrong = ValueError(f"must be where people reach it, such as https://regulars.shop.example, not {value!r}")
    try:
        parts = urlsplit(_text(value).rstrip("/"))
    except ValueError:
        raise wrong from None
    if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query):
        raise wrong
    return parts.geturl()


def _locale(value: Any) -> str:
    # Loaded late, since it is slow and few set it.
    from regulars.web.formats import locale_name

    locale_name(_text(value))
    return _text(value)


def _timezone(value: Any) -> str:
    try:
        return ZoneInfo(_text(value)).key
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"must be a time zone such as Europe/Berlin, not {value!r}") from None


def _as_of(value: Any) -> str:
    if value not in MODES:
        raise ValueError(f"must be one of {', '.join(MODES)}, not {value!r}")
    return str(value)


def _ip(value: Any) -> IpPolicy:
    if value not in list(IpPolicy):
        raise ValueError(f"must be one of {', '.join(IpPolicy)}, not {value!r}")
    return IpPolicy(value)


_TABLES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "rules": Rules.from_settings,
    "policy": Policy.from_settings,
    "retention": Retention.from_settings,
    "claims": Claims.from_settings,
    "consent": ConsentSettings.from_settings,
    "contact": ContactPolicy.from_settings,
    "mail": Mail.from_settings,
    "webhooks": Webhooks.from_settings,
    "shop": Shop.from_settings,
}
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "host": _host,
    "port": _port,
    "database_url": _database_url,
    "shared_buffers": _memory,
    "currency": _currency,
    "address": _address,
    "locale": _locale,
    "timezone": _timezone,
    "as_of": _as_of,
    "ip": _ip,
}
