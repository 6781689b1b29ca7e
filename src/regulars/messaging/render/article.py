"""An article inside a message: its safe HTML without pictures and with links that lead somewhere, and as plain text."""

from collections.abc import Callable
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

import nh3

MAX_ARTICLE: Final = 60_000
_TAGS: Final = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "u",
        "ul",
    ]
)
_BREAKS: Final = frozenset(
    [
        "blockquote",
        "br",
        "dd",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tr",
        "ul",
        "div",
    ]
)


def article_html(html: str, address: Callable[[str], str]) -> str:
    """An article's safe HTML as an e-mail may hold it; `address` gives each link's, '' takes it out."""

    def kept(tag: str, name: str, value: str) -> str | None:
        return (address(value) or None) if (tag, name) == ("a", "href") else None

    return nh3.clean(
        html[:MAX_ARTICLE], tags=set(_TAGS), attributes={"a": {"href"}}, attribute_filter=kept, link_rel=None
    )  # fmt: skip


@lru_cache(256)
def article_text(html: str) -> str:
    """The same as plain text: a line a block, a dash before what is listed."""
    reader = _Reader()
    reader.feed(html[:MAX_ARTICLE])
    reader.close()
    lines = (" ".join(each.split()) for each in "".join(reader.parts).split("\n"))
    return "\n".join(each for each in lines if each and each != "-")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
