"""A message as a file (YAML) and as it is kept (JSON); what a file says wrong is told with the place of it."""

from typing import Any, Final

import msgspec
import yaml

from regulars.messaging.message import Message

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 10
_LISTS: Final = ("subject", "heading", "paragraphs", "after", "channels", "requires")


class BadMessage(ValueError):
    """A message cannot be taken; `path` says where, the message what is wrong."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class _Loader(yaml.SafeLoader):
    """Plain values only: no aliases, which can make a small file a huge one, and no dates, which are texts here."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not available")
        if self.depth >= MAX_DEPTH:
            raise yaml.YAMLError("is nested too deep")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, rule) for tag, rule in rules if not tag.endswith((":timestamp", ":bool", ":merge"))]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: bytes, name: str) -> Message:
    """A message's file; its name is the file's. Raises BadMessage."""
    if len(text) > MAX_BYTES:
        raise BadMessage("$", f"is longer than {MAX_BYTES:,} bytes")
    try:
        said = yaml.load(text, _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadMessage(_place(error), f"is no YAML: {_why(error)}") from None
    if not isinstance(said, dict):
        raise BadMessage("$", "must be fields such as title, subject and paragraphs")
    said = {str(key): value for key, value in said.items()}
    for field in _LISTS:
        if isinstance(said.get(field), str):
            said[field] = [said[field]]
    return message_of({**said, "name": name})


def message_of(said: dict[str, Any]) -> Message:
    """A message from plain values. Raises BadMessage."""
    variants = said.get("variants")
    if isinstance(variants, dict):
        said = {**said, "variants": {key: _listed(value) for key, value in variants.items()}}
    try:
        return msgspec.convert(said, Message, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        words, _, place = str(error).partition(" - at ")
        raise BadMessage(place.strip("`") or "$", words) from None


def write_yaml(message: Message) -> str:
    """A message as a file that `read_yaml` takes."""
    said = msgspec.to_builtins(message)
    for field in ("name", "version"):
        said.pop(field, None)
    for field in _LISTS:
        if len(said.get(field, ())) == 1:
            said[field] = said[field][0]
    return str(yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110))


def encode(message: Message) -> str:
    """A message as it is kept, without name and version."""
    said = msgspec.structs.replace(message, name="", version=0)
    return msgspec.json.encode(said, order="sorted").decode()


def decode(body: str, name: str, version: int) -> Message:
    """What `encode` wrote. Raises BadMessage for what a later version of the program wrote."""
    try:
        said = msgspec.json.decode(body, type=Message)
    except msgspec.DecodeError as error:
        raise BadMessage("$", str(error)) from None
    return msgspec.structs.replace(said, name=name, version=version)


def _listed(variant: Any) -> Any:
    if not isinstance(variant, dict):
        return variant
    return {key: [value] if key in _LISTS and isinstance(value, str) else value for key, value in variant.items()}


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark is not None else "$"


def _why(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).split("\n")[0][:200]
