"""Texts of messages: what a hostile or careless one may not do, and what becomes of a sentence for want of a word."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.messaging.render.links import picture, target
from regulars.messaging.render.sandbox import TooMuch, Work
from regulars.messaging.render.texts import BadText, read, speak

SCRIPT = '"><script>alert(1)</script>'
WORDS: dict[str, Any] = {
    "customer": {"first_name": SCRIPT, "name": "Ada"},
    "product": {"name": "Scarf", "url": "https://shop.example/a?b=1&c=2"},
    "items": [{"name": "one"}, {"name": "two"}],
    "bad": {"url": "javascript:alert(1)"},
}


def said(source: str, html: bool = False, words: dict[str, Any] = WORDS) -> tuple[str, set[str]]:
    text, missing = read(source), set[str]()
    work = Work(lambda address: target(address, "https://shop.example"))
    return speak(text.html if html else text.plain, words, work, missing), missing


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("one\n{{ oops", 2, "expected '}}'"),
        ("one\n\n{% include 'secret' %}", 3, "unexpected tag 'include'"),
        ("one\n{% render 'x' %}", 2, "unexpected tag 'render'"),
        ("{% assign x = 1 %}", 1, "unexpected tag 'assign'"),
        ("{% capture x %}a{% endcapture %}", 1, "unexpected tag 'capture'"),
        ("one\ntwo\n{{ x | append: y }}", 3, "there is no filter 'append'"),
        ("{{ 'a' | times: 9 }}", 1, "there is no filter 'times'"),
        ("a\n{% for i in (1..1000000000) %}x{% endfor %}", 2, "ranges"),
        ("{{ (1..1000000000) }}", 1, "ranges"),
        ("{% if x %}never ended", 1, "endif"),
        ("{% %}", 1, "missing tag name"),
        ("{{ }}", 1, "expected a primitive"),
        ("{% break %}", 1, "unexpected tag 'break'"),
        ("x" * 5_001, 1, "longer than 5,000"),
        ("a \ue002 b", 1, "stands for nothing"),
        ("{% if a %}" * 11 + "{% endif %}" * 11, 1, "nesting"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(source: str, line: int, says: str) -> None:
    with pytest.raises(BadText) as error:
        read(source)
    assert error.value.line == line
    assert says in error.value.message


def test_loops_in_loops_come_to_an_end() -> None:
    many = {"items": [{"name": "x"}] * 60}
    with pytest.raises(TooMuch, match="loop iteration limit"):
        said("{% for a in items %}{% for b in items %}{{ b.name }}{% endfor %}{% endfor %}", words=many)


def test_a_message_that_puts_in_too_much_comes_to_an_end() -> None:
    many = {"items": [{"name": "x"}] * 60}
    line = "{% for a in items %}" + "{{ a.name }}" * 100 + "{% endfor %}"
    started = time.monotonic()
    with pytest.raises(TooMuch, match="more than 5,000 values"):
        said(line, words=many)
    assert time.monotonic() - started < 5


def test_a_sentence_that_grows_too_long_comes_to_an_end() -> None:
    many = {"items": [{"name": "x" * 1_000}] * 60}
    with pytest.raises(TooMuch, match="output stream limit"):
        said("{% for a in items %}{{ a.name }}{% endfor %}", words=many)


@pytest.mark.parametrize(
    "name",
    ["__class__", "customer.__class__.__mro__", "customer['__class__']", "now", "today", "items.__len__", "self"],
)
def test_nothing_behind_the_words_can_be_reached(name: str) -> None:
    assert said(f"A {{{{ {name} }}}}. End.")[0] == "End."


def test_values_and_words_are_escaped_in_html_and_not_in_plain_text() -> None:
    html, _ = said("<b>Hi</b> {{ customer.first_name }} {{ '<i>' }}", html=True)
    assert html == (
        "&lt;b&gt;Hi&lt;/b&gt; &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &lt;i&gt;"
    )  # fmt: skip
    assert said("{{ customer.first_name }}")[0] == SCRIPT


def test_a_value_cannot_make_marks_of_its_own() -> None:
    words = {"x": "**a** [b](https://evil.example) {{ y }} \ue002c"}
    html, _ = said("Say {{ x }}", html=True, words=words)
    assert "<strong>" not in html and "<a " not in html and "{{ y }}" in html


def test_bold_and_links() -> None:
    source = "**Look** at [{{ product.name }}]({{ product.url }})."
    assert said(source, html=True)[0] == (
        '<strong>Look</strong> at <a class="link" href="https://shop.example/a?b=1&amp;c=2" style="color:#0f5c4d">'
        "Scarf</a>."
    )
    assert said(source)[0] == "Look at Scarf (https://shop.example/a?b=1&c=2)."
    assert said("[here](/cart)")[0] == "here (https://shop.example/cart)"


def test_a_link_that_leads_nowhere_takes_its_sentence_with_it() -> None:
    found, missing = said("Go [there]({{ bad.url }}) now. Or stay.", html=True)
    assert (found, missing) == ("Or stay.", {"a link that leads to a page"})


def test_a_sentence_falls_out_for_want_of_a_word_and_says_which() -> None:
    found, missing = said("You are {{ customer.name }}. You live in {{ customer.city }}, e.g. there. Good day!")
    assert found == "You are Ada. Good day!"
    assert missing == {"customer.city"}
    assert said("{{ order.id | upcase }} is late")[1] == {"order.id"}


def test_a_default_and_a_condition_stand_in() -> None:
    assert said("Hello {{ customer.city | default: 'there' }}.")[0] == "Hello there."
    assert said("Hello{% if customer.city %} from {{ customer.city }}. Far{% endif %}!")[0] == "Hello!"
    assert said("{{ items.size }} and {{ items[1].name }}.")[0] == "2 and two."


def test_names_are_told() -> None:
    found = read("{% for i in items %}{{ i.name }}{% endfor %} {{ customer.name | default: shop.name }}")
    assert found.names == {"items", "customer.name", "shop.name"}


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("{}% |'\".:()[]*<>&aifend for\n12"), max_size=60))
def test_any_text_is_read_or_refused_and_never_makes_markup(source: str) -> None:
    try:
        found, _ = said(source, html=True)
    except (BadText, TooMuch):
        return
    bare = found.replace("<br>", "").replace("<strong>", "").replace("</strong>", "")
    assert "<" not in bare or '<a class="link" href="http' in bare


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:x", "data:text/html,x",
        "vbscript:x", "//evil.example/x", "\\\\evil.example", "https://user:pass@evil.example", "https://", "ftp://a/b",
        "https://a b", "https://shop.example/\u202egnp.exe", "https://x/\"onmouseover=", "mailto:", "x", "", "http:/x",
        "https://[::1", "file:///etc/passwd", "https://shop.example/<script>",
    ],
)  # fmt: skip
def test_addresses_that_lead_astray_are_none(address: str) -> None:
    assert target(address, "https://shop.example") == ""


def test_addresses_that_lead_somewhere() -> None:
    assert target("/cart", "https://shop.example/") == "https://shop.example/cart"
    assert target("/cart") == ""
    assert target("https://a.example/x?y=1&z=2#f") == "https://a.example/x?y=1&z=2#f"
    assert target("mailto:a@b.example") == "mailto:a@b.example"
    assert picture("mailto:a@b.example") == ""
