"""An article's body as HTML that a page may hold: no script, no style, no address but http, https, mailto and paths."""

from html import escape
from typing import Final

import nh3
from markdown_it import MarkdownIt

from regulars.model.article import Article

_TAGS: Final = frozenset(
    (
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption",
        "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre",
        "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u",
        "ul",
    )
)  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES: Final = {"http", "https", "mailto"}
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def article_html(article: Article) -> str:
    """The body made safe, whatever was received; a body of another format than it says is at worst shown badly."""
    if article.format == "text":
        parts = (escape(part.strip()).replace("\n", "<br>") for part in article.body.split("\n\n"))
        return "".join(f"<p>{part}</p>" for part in parts if part)
    html = article.body if article.format == "html" else _markdown.render(article.body)
    return safe_html(html)


def safe_html(html: str) -> str:
    """HTML with nothing left in it that runs, frames, submits or styles; links open without a way back."""
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
