"""The actions that come with the program, and an action as a file."""

from importlib.resources import files
from typing import Any, Final

import msgspec
import yaml

from regulars.decisioning.actions import BadAction, check
from regulars.model.decision import Action

MOST_BYTES: Final = 64 * 1024


def shipped() -> tuple[Action, ...]:
    """The actions that come with the program, by name."""
    listed = yaml.safe_load((files(__name__) / "actions.yaml").read_text())
    return tuple(sorted((_action(each) for each in listed), key=lambda each: each.name))


def read(text: bytes) -> Action:
    """An action's file (YAML or JSON), checked. Raises BadAction."""
    if len(text) > MOST_BYTES:
        raise BadAction(f"is longer than {MOST_BYTES:,} bytes")
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadAction(f"cannot be read: {str(error)[:200]}") from None
    if not isinstance(said, dict):
        raise BadAction("must name the fields of an action: name, title, message, channels and so on")
    return _action(said)


def write(action: Action) -> str:
    """An action as a file that `read` takes."""
    said = {name: value for name, value in msgspec.to_builtins(action).items() if name != "version"}
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def _action(said: dict[str, Any]) -> Action:
    unknown = sorted(str(each) for each in said.keys() - set(Action.__struct_fields__))
    if unknown:
        raise BadAction(f"{unknown[0]}: an action has no such field")
    try:
        action = msgspec.convert(said, Action)
    except msgspec.ValidationError as error:
        raise BadAction(str(error)) from None
    check(action)
    return action
