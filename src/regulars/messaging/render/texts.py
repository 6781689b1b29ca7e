"""A text of a message: Liquid with **bold** and [links](address), read once into sentences, said as HTML or plain.

A sentence that needs what is not known falls out of its text.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from liquid import BoundTemplate, RenderContext
from liquid.builtin.content import ContentNode
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO
from liquid.token import TOKEN_EXPRESSION

from regulars.messaging.render.link_tag import LinkTag
from regulars.messaging.render.marks import BadMark, marked, sentences
from regulars.messaging.render.sandbox import FILTERS, MAX_OUTPUT, WORK, Missing, Sandbox, TooMuch, Work

MAX_SOURCE: Final = 5_000
"""The longest text, in characters."""
_QUOTED: Final = re.compile("\"[^\"]*\"|'[^']*'")


class BadText(ValueError):
    """A text cannot be read; `line` is counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Text(msgspec.Struct, frozen=True):
    """One text as it was read: its sentences for HTML and for plain text, and the names that it uses."""

    html: tuple[BoundTemplate, ...]
    plain: tuple[BoundTemplate, ...]
    names: frozenset[str]


def read(source: str) -> Text:
    """Read a text. Raises BadText."""
    if len(source) > MAX_SOURCE:
        raise BadText(1, f"is longer than {MAX_SOURCE:,} characters")
    try:
        text = marked(source)
    except BadMark as error:
        raise BadText(1, str(error)) from None
    source = text.restored(text.marked)
    whole = _parse(_environment(False), source)
    _require_no_range(source)
    found = whole.analyze(include_partials=False)
    for name, places in found.filters.items():
        if name not in FILTERS:
            line = source.count("\n", 0, places[0].index) + 1
            raise BadText(line, f"there is no filter '{name}'; there are {', '.join(FILTERS)}")
    parts = [text.restored(each) for each in sentences(text)]
    return Text(
        tuple(_parse(_environment(True), each) for each in parts),
        tuple(_parse(_environment(False), each) for each in parts),
        frozenset(str(each) for variables in found.globals.values() for each in variables),
    )


def speak(said: tuple[BoundTemplate, ...], words: Mapping[str, Any], work: Work, missing: set[str]) -> str:
    """What these sentences say; names of what was not known are added to `missing`. Raises TooMuch."""
    text = "".join([_sentence(each, words, work, missing) for each in said]).strip()
    while text.endswith("<br>"):
        text = text[:-4].rstrip()
    return text


def _sentence(template: BoundTemplate, words: Mapping[str, Any], work: Work, missing: set[str]) -> str:
    nodes = template.nodes
    if len(nodes) == 1 and isinstance(nodes[0], ContentNode):
        return nodes[0].text
    context = RenderContext(template, globals=words)
    context.tag_namespace[WORK] = work
    buffer = LimitedStringIO(limit=MAX_OUTPUT)
    try:
        for node in nodes:
            node.render(context, buffer)
    except Missing as error:
        missing.add(str(error))
        return ""
    except (LiquidError, LiquidInterrupt, RecursionError) as error:
        raise TooMuch(f"cannot be worked out: {_words(error)}") from None
    return buffer.getvalue()


@cache
def _environment(html: bool) -> Sandbox:
    made = Sandbox(html)
    made.add_tag(LinkTag)
    return made


def _parse(environment: Sandbox, source: str) -> BoundTemplate:
    try:
        return environment.from_string(source)
    except LiquidError as error:
        place = error.context()
        raise BadText(place[0] if place else 1, _words(error)) from None
    except (RecursionError, ValueError, OverflowError) as error:
        raise BadText(1, f"cannot be read: {type(error).__name__}") from None


def _require_no_range(source: str) -> None:
    """A range such as (1..9) needs no more than nine characters to stand for a thousand million numbers."""
    for token in _environment(False).tokenizer()(source):
        if token.kind == TOKEN_EXPRESSION and ".." in _QUOTED.sub("", token.value):
            line = source.count("\n", 0, max(token.start_index, 0)) + 1
            raise BadText(line, "ranges such as (1..9) are not available")


def _words(error: BaseException) -> str:
    return str(error.message if isinstance(error, LiquidError) else error)[:300]
