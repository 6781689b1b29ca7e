"""An article or how-to, as the shop wrote it."""

from datetime import datetime
from typing import Any

import msgspec


class Article(msgspec.Struct, frozen=True):
    """An article as the catalogue knows it; '' where nobody said.

    `body` is as received, in `format` (markdown, html or text): never show it as it is, `catalogue.render` makes it
    safe. `products` are ids, `topics` words in small letters.
    """

    id: str
    title: str = ""
    kind: str = ""
    format: str = "markdown"
    body: str = ""
    summary: str = ""
    language: str = ""
    author: str = ""
    image_url: str = ""
    url: str = ""
    status: str = ""
    products: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    published: datetime | None = None
    attributes: dict[str, Any] = {}
    simulated: bool = False
    updated: datetime | None = None
    sources: tuple[str, ...] = ()
