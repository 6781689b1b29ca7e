"""Liquid, confined: few tags and filters, no files, no names but those given, and bounds on loops, size and work."""

from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from io import StringIO
from typing import Any, Final, TextIO

from liquid import BoundTemplate, Environment, Mode, RenderContext, Undefined
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.output import Output, OutputNode
from liquid.token import TOKEN_CONTENT, TOKEN_ILLEGAL, TOKEN_OUTPUT, Token

MAX_LOOPS: Final = 100
"""So many rounds all loops inside one another may make."""
MAX_OUTPUT: Final = 20_000
"""Bytes that one sentence may grow to."""
MAX_WORK: Final = 5_000
"""So many values may be put into one message."""
TAGS: Final = frozenset(("if", "unless", "case", "for", "comment", TOKEN_CONTENT, TOKEN_OUTPUT, TOKEN_ILLEGAL))

BOLD, PLAIN = "\ue002", "\ue003"
"""Stand in a text around what is bold; nothing that anybody writes or sends is taken for them."""


class Missing(Exception):
    """A value that is not known was to be said; the message is its name."""


class TooMuch(Exception):
    """A template does more than it may, or what cannot be done; the message says what."""


class Safe(str):
    """HTML of our own making, which is not escaped again."""

    __slots__ = ()


class Work:
    """What one message has used up of its bounds, and what becomes of the addresses in it."""

    def __init__(self, link: Callable[[str], str]) -> None:
        """`link` makes the address that stands in the message from one of the text; '' for what may be none."""
        self.left = MAX_WORK
        self.link = link

    def spend(self) -> None:
        """Count one value. Raises TooMuch."""
        self.left -= 1
        if self.left < 0:
            raise TooMuch(f"puts in more than {MAX_WORK:,} values")


WORK: Final = "work"
"""Where templates have it, out of reach of what they say."""


class _Unknown(Undefined):
    """A value that nobody knows: it is false, it equals nothing, and it cannot be said."""

    force_liquid_default = True

    def __str__(self) -> str:
        raise Missing((self.hint or self.name).removesuffix(" is undefined").replace("'", ""))


class _Value(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        context.tag_namespace[WORK].spend()
        try:
            value = self.expression.evaluate(context)
            text = str(value) if type(value) is Safe else self.shown(said(value))
        except Missing as error:
            raise Missing(str(getattr(self.expression, "left", error))) from None
        if not text:
            raise Missing(str(getattr(self.expression, "left", "an empty word")))
        return buffer.write(text)

    def shown(self, text: str) -> str:
        return text


class _HtmlValue(_Value):
    def shown(self, text: str) -> str:
        return escape(text)


class _HtmlWords(ContentNode):
    def __init__(self, token: Token, text: str) -> None:
        made = escape(text).replace("\n", "<br>").replace(BOLD, "<strong>").replace(PLAIN, "</strong>")
        super().__init__(token, made)


class _PlainWords(ContentNode):
    def __init__(self, token: Token, text: str) -> None:
        super().__init__(token, text.replace(BOLD, "").replace(PLAIN, ""))


class _Output(Output):
    node_class = _Value


class _HtmlOutput(Output):
    node_class = _HtmlValue


class _HtmlContent(Literal):
    node_class = _HtmlWords


class _PlainContent(Literal):
    node_class = _PlainWords


def said(value: object) -> str:
    """A value as a message says it. Raises Missing for one that is not known, or is no word or number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float | Undefined):
        return str(value)
    raise Missing("a group of words, which cannot be said as it is")


class Sandbox(Environment):
    """An environment with the tags and filters of this page and nothing else; it has no files to include.

    With `html` what it makes is HTML: every value is escaped, and so are a template's words unless they are HTML
    themselves (`raw`: the program's own).
    """

    block_nesting_limit = 10
    context_depth_limit = 12
    loop_iteration_limit = MAX_LOOPS
    local_namespace_limit = 10_000
    output_stream_limit = MAX_OUTPUT
    suppress_blank_control_flow_blocks = False

    def __init__(self, html: bool, raw: bool = False) -> None:
        self.html = html
        self.raw = raw
        super().__init__(tolerance=Mode.STRICT, undefined=_Unknown, strict_filters=True)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register what there is."""
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = dict(FILTERS)
        self.add_tag(_HtmlOutput if self.html else _Output)
        if not self.raw:
            self.add_tag(_HtmlContent if self.html else _PlainContent)


def _default(value: object, other: object = "") -> object:
    return other if isinstance(value, Undefined) or value in (None, "", False) else value


def _text(change: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: change(said(value))


def _truncate(value: object, most: object = 50) -> str:
    length = most if isinstance(most, int) and 1 <= most <= 500 else 50
    text = said(value)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _size(value: object) -> int:
    if isinstance(value, Undefined):
        said(value)
    return len(value) if isinstance(value, str | list | Mapping) else 0


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "default": _default,
    "upcase": _text(str.upper),
    "downcase": _text(str.lower),
    "capitalize": _text(lambda text: text[:1].upper() + text[1:]),
    "truncate": _truncate,
    "size": _size,
}


def skeleton(source: str) -> BoundTemplate:
    """A template of the program's own, whose words are HTML and whose values are escaped unless `Safe`."""
    return _skeletons().from_string(source)


def filled(template: BoundTemplate, values: Mapping[str, Any]) -> str:
    """A skeleton with its values. Raises TooMuch."""
    context = RenderContext(template, globals=values)
    context.tag_namespace[WORK] = Work(lambda _: "")
    buffer = StringIO()
    for node in template.nodes:
        node.render(context, buffer)
    return buffer.getvalue()


@cache
def _skeletons() -> Sandbox:
    return Sandbox(html=True, raw=True)
