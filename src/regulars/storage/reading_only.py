"""Whether a query only reads: DuckDB lets even a SELECT write, by a COPY or DELETE within WITH.

So it is not the statement's kind alone that is looked at, but the whole tree that DuckDB's parser makes of it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import duckdb

from regulars.storage.engine import LakeError

_NODES: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_RUN_TEXT: Final = frozenset({"query", "json_execute_serialized_sql"})
"""Functions that run what stands in a text, where no parser has looked."""
_EXPLAIN: Final = re.compile(r"\s*explain\s+(?:analyze\s+)?(?=[A-Za-z(])", re.IGNORECASE)
_TREE: Final = "SELECT json_serialize_sql(?)"


def require_reading(lake: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raises LakeError unless a query is one statement that reads; duckdb.Error where it cannot be parsed."""
    statements = lake.extract_statements(query)
    if len(statements) != 1:
        raise LakeError(
            "ask one question at a time" if statements else "ask a question, such as SELECT count(*) FROM events"
        )
    kind = statements[0].type
    explained = _EXPLAIN.match(query)
    if kind == duckdb.StatementType.EXPLAIN and explained is not None:
        require_reading(lake, query[explained.end() :])
        return
    if kind != duckdb.StatementType.SELECT:
        raise _refused(kind.name)
    row = lake.execute(_TREE, [query]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        raise LakeError(f"this cannot be asked: {tree.get('error_message', 'it is no SELECT')}")
    for each in _within(tree["statements"]):
        type_ = str(each.get("type", ""))
        if type_.endswith("_NODE") and type_ not in _NODES:
            raise _refused(type_.removesuffix("_QUERY_NODE").removesuffix("_NODE"))
        if str(each.get("function_name", "")).casefold() in _RUN_TEXT:
            raise LakeError(f"the function {each['function_name']} cannot be used here: write its query out")


def _refused(kind: str) -> LakeError:
    return LakeError(f"the lake is only read: SELECT, FROM, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN, not {kind}")


def _within(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a tree, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
