"""The tag behind [words](address): a link whose address leads where a message may lead, or nothing at all."""

from collections.abc import Iterable
from html import escape, unescape
from typing import TextIO

from liquid import RenderContext, TokenStream
from liquid.ast import BlockNode, Node
from liquid.output import LimitedStringIO
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_TAG, Token

from regulars.messaging.render.sandbox import MAX_OUTPUT, WORK, Missing, Sandbox

TO, END = "to", "endlink"
STYLE = ' style="color:#0f5c4d"'
"""What a mail program needs, and a page of the shop does not."""


class LinkNode(Node):
    """A link; where its address may be none, the sentence that it stands in cannot be said."""

    def __init__(self, token: Token, words: BlockNode, address: BlockNode, html: bool) -> None:
        super().__init__(token)
        self.words = words
        self.address = address
        self.html = html
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write it."""
        words, address = _text(self.words, context), _text(self.address, context)
        found = context.tag_namespace[WORK].link(unescape(address) if self.html else address)
        if not found:
            raise Missing("a link that leads to a page")
        if self.html:
            return buffer.write(f'<a class="link" href="{escape(found)}"{STYLE}>{words}</a>')
        return buffer.write(found if words == address else f"{words} ({found})")

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """The words and the address."""
        return (self.words, self.address)


class LinkTag(Tag):
    """`{% link %}words{% to %}address{% endlink %}`."""

    name = "link"
    end = END

    def parse(self, stream: TokenStream) -> Node:
        """Read it."""
        token = stream.eat(TOKEN_TAG)
        parser = get_parser(self.env)
        words = parser.parse_block(stream, (TO, END))
        stream.expect(TOKEN_TAG, value=TO)
        next(stream)
        address = parser.parse_block(stream, (END,))
        stream.expect(TOKEN_TAG, value=END)
        assert isinstance(self.env, Sandbox)
        return LinkNode(token, words, address, self.env.html)


def _text(block: BlockNode, context: RenderContext) -> str:
    buffer = LimitedStringIO(limit=MAX_OUTPUT)
    block.render(context, buffer)
    return buffer.getvalue()
