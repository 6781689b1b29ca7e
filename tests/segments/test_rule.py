"""Rules that cannot be taken say where and why; those that can come back the same."""

import json
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one

from regulars.segments import tree
from regulars.segments.compiled import members_query
from regulars.segments.rule import MAX_CONDITIONS, MAX_DEPTH, BadRule, decode, encode
from regulars.segments.shipped import read, shipped, write
from regulars.segments.store import Segment
from regulars.storage.lake.insight_files import columns

AT = 1_773_480_900_000_000
VIEWED: dict[str, Any] = {"is": "did", "what": "viewed"}


def rule(*of: Any, kind: str = "all") -> str:
    return json.dumps({"is": kind, "of": of})


def nested(depth: int) -> Any:
    return VIEWED if not depth else {"is": "any", "of": [nested(depth - 1)]}


BAD = [
    ("", "$", ""),
    ("[]", "$", "object"),
    ("{", "$", ""),
    ('{"is":"all"}', "$", "of"),
    ('{"is":"did","what":"viewed"}', "$", "did"),
    ('{"is":"some","of":[]}', "$.is", "some"),
    ('{"is":"all","of":[1]}', "$.of[0]", "int"),
    ("[" * 100_000, "$", ""),
    ('{"is":"all","of":[' * 5_000, "$", ""),
    (rule({**VIEWED, "event": "x" * 70_000}), "$", "longer"),
    (rule(nested(MAX_DEPTH)), "$" + ".of[0]" * MAX_DEPTH, "deep"),
    (rule(*[VIEWED] * (MAX_CONDITIONS + 1)), f"$.of[{MAX_CONDITIONS}]", "one condition too many"),
    (rule({"is": "any", "of": []}), "$.of[0].of", "empty"),
    (rule({**VIEWED, "tmies": 3}), "$.of[0]", "tmies"),
    (rule({**VIEWED, "at_least": "3"}), "$.of[0].at_least", "int"),
    (rule({**VIEWED, "at_least": -1}), "$.of[0].at_least", ">= 0"),
    (rule({**VIEWED, "at_least": 0}), "$.of[0].at_least", "everybody"),
    (rule({**VIEWED, "at_least": 3, "at_most": 2}), "$.of[0].at_most", "less than at_least"),
    (rule({**VIEWED, "within_days": 3, "before_days": 3}), "$.of[0].before_days", "between"),
    (rule({**VIEWED, "what": "looked"}), "$.of[0].what", '"viewed"'),
    (rule({**VIEWED, "event": "Product Viewed"}), "$.of[0].event", "only goes with"),
    (rule({"is": "did", "what": "event"}), "$.of[0].event", "name the event"),
    (rule({**VIEWED, "measure": "amount"}), "$.of[0].measure", '"times"'),
    (rule({**VIEWED, "same": "store"}), "$.of[0].same", "product"),
    (rule({**VIEWED, "then_not": ["ordered"]}), "$.of[0].then_not[0]", "bought"),
    (rule({**VIEWED, "where": [{"field": "store", "value": "x"}]}), "$.of[0].where[0].field", "category"),
    (rule({**VIEWED, "where": [{"field": "properties.a", "value": "x"}]}), "$.of[0].where[0].field", "event"),
    (
        rule({"is": "did", "what": "event", "event": "x", "where": [{"field": 'properties.a"]', "value": 1}]}),
        "$.of[0].where[0].field",
        "letters",
    ),
    (rule({**VIEWED, "where": [{"field": "brand", "value": 3}]}), "$.of[0].where[0].value", "text"),
    (rule({**VIEWED, "where": [{"field": "brand", "op": "=", "value": "x"}]}), "$.of[0].where[0].op", "is_not"),
    (rule({**VIEWED, "where": [{"field": "brand", "op": "one_of", "value": "x"}]}), "$.of[0].where[0].value", "list"),
    (rule({**VIEWED, "where": [{"field": "brand", "op": "one_of", "value": []}]}), "$.of[0].where[0].value", "list"),
    (
        rule({**VIEWED, "where": [{"field": "brand", "op": "one_of", "value": ["x", 1]}]}),
        "$.of[0].where[0].value",
        "one sort",
    ),
    (rule({**VIEWED, "where": [{"field": "brand", "op": "known", "value": "x"}]}), "$.of[0].where[0].value", "leave"),
    (rule({**VIEWED, "where": [{"field": "brand", "value": "a\0"}]}), "$.of[0].where[0].value", "character"),
    (rule({"is": "trait", "field": "name", "value": "x"}), "$.of[0].field", "last_seen"),
    (rule({"is": "trait", "field": "last_seen", "value": 3}), "$.of[0].op", "within_days"),
    (rule({"is": "insight", "field": "spend; DROP", "value": 3}), "$.of[0].field", "insights"),
    (rule({"is": "insight", "field": "spend", "value": 1e300}), "$", ""),
    (rule({"is": "consent", "purpose": "", "channel": "email"}), "$.of[0].purpose", "empty"),
    (rule({"is": "consent", "purpose": "a", "channel": "b", "word": "yes"}), "$.of[0].word", "given"),
    ("\ud800", "$", ""),
]


@pytest.mark.parametrize(("text", "path", "words"), BAD, ids=range(len(BAD)))
def test_bad_rules_say_where(text: str, path: str, words: str) -> None:
    with pytest.raises(BadRule) as error:
        decode(text)
    assert error.value.path.startswith(path)
    assert words in error.value.message


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"is": "insight", "field": "shoe_size", "value": 3}, "insight has no"),
        ({"is": "insight", "field": "customer", "op": "is", "value": "x"}, "insight has no"),
        ({"is": "insight", "field": "spend", "op": "is", "value": "x"}, "must be a number"),
        ({"is": "insight", "field": "stage", "op": "at_least", "value": 3}, "must be a text"),
        ({"is": "insight", "field": "categories", "op": "is", "value": "x"}, "cannot be asked"),
    ],
)
def test_insight_that_there_is_not(condition: Any, words: str) -> None:
    with pytest.raises(BadRule, match=words):
        members_query(decode(rule(condition)), AT, columns()["insights"])


HOSTILE = ["'; DROP TABLE x; --", "\\' OR 1=1", '" OR ""="', "$$", "?", "%s", "{}", "{0}", "/*", "--", "\n;", "'"]


@pytest.mark.parametrize("text", HOSTILE)
def test_values_stay_values(text: str) -> None:
    conditions = [
        {
            **VIEWED,
            "where": [{"field": "brand", "value": text}, {"field": "category", "op": "one_of", "value": [text]}],
        },
        {"is": "did", "what": "event", "event": text, "where": [{"field": "properties.a b", "value": text}]},
        {"is": "trait", "field": "first_channel", "op": "one_of", "value": [text]},
        {"is": "consent", "purpose": text, "channel": text},
    ]
    if text.strip() != "":
        query = members_query(decode(rule(*conditions)), AT, {}, [text])
        literals = [each.this for each in parse_one(query, dialect="duckdb").find_all(exp.Literal) if each.is_string]
        assert literals.count(text) >= 9 and query.count(";") == text.count(";") * literals.count(text)
        assert len(duckdb.extract_statements(query)) == 1


def test_a_rule_comes_back_the_same() -> None:
    for name, told in shipped().items():
        text = encode(told.rule)
        assert encode(decode(text)) == text, name
        again = read(write(Segment(name, 1, 0, "", told.title, told.about, text, False)).encode())
        assert again == told


def test_what_is_shipped_fits_insight() -> None:
    for told in shipped().values():
        assert tree.DIALECT == "duckdb" and members_query(told.rule, AT, columns()["insights"])
