"""Articles are shown without anything that could do harm."""

import pytest

from regulars.catalogue.render import article_html
from regulars.model.article import Article

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='https://elsewhere.example'></iframe>",
    "<form action='https://elsewhere.example'><input name=password></form>",
    "<p style='position:fixed'>x</p><style>body{display:none}</style>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "[x](javascript:alert(1)) ![y](javascript:alert(1))",
    "<base href='https://elsewhere.example'><meta http-equiv=refresh content=0>",
)
FORBIDDEN = (
    "<script",
    "onerror=",
    "javascript:alert",
    "<iframe",
    "<form",
    "<input",
    "<style",
    "style=",
    "<base",
    "<meta",
)


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
@pytest.mark.parametrize("body", HOSTILE)
def test_nothing_that_runs_is_left(format: str, body: str) -> None:
    shown = article_html(Article("1", format=format, body=body)).lower()
    tags = shown.replace("&lt;", "").replace("&gt;", "")
    plain = "".join(part.split(">", 1)[0] + ">" for part in tags.split("<")[1:])
    assert not [each for each in FORBIDDEN if each.strip("<") in plain]
    assert 'href="data:' not in shown


def test_depth_is_no_danger() -> None:
    for body in ("<div>" * 6000 + "x", "> " * 10_000 + "x", "[" * 20_000, "*a " * 10_000):
        for format in ("html", "markdown", "text"):
            article_html(Article("1", format=format, body=body))


def test_what_is_harmless_stays() -> None:
    markdown = (
        "## Wash\n\n*Cold* water, see [care](https://shop.example/care) and [/terms](/terms).\n\n| a |\n|---|\n| b |"
    )
    shown = article_html(Article("1", body=markdown))
    assert "<h2>Wash</h2>" in shown and "<em>Cold</em>" in shown and "<td>b</td>" in shown
    assert '<a href="https://shop.example/care" rel="noopener noreferrer nofollow">care</a>' in shown
    assert '<a href="/terms"' in shown
    assert article_html(Article("1", format="text", body="a < b\nc\n\nd")) == "<p>a &lt; b<br>c</p><p>d</p>"
    assert article_html(Article("1", format="html", body="<p>Hand <b>wash</b></p>")) == "<p>Hand <b>wash</b></p>"
