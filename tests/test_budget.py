"""The style budget: small files, short functions, a docstring on every public name, SQL only where SQL belongs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

SRC = Path(__file__).resolve().parent.parent / "src" / "regulars"
FILES = sorted(SRC.rglob("*.py"))
DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# Upper case anywhere, or any case where a string begins with it: English may say "select" in a sentence.
SQL = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|(CREATE|ALTER|DROP|TRUNCATE)\s+TABLE)\b"
    r"|\A\s*(?i:select\s.+\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from)\s",
    re.DOTALL,
)


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def name(file: Path) -> str:
    return file.relative_to(SRC).as_posix()


def may_hold_sql(file: Path) -> bool:
    return file.name in ("tables.py", "queries.py") or name(file).startswith("storage/")


def public(node: ast.Module | ast.ClassDef) -> Iterator[DEFINITION]:
    """Yield the public functions and classes of a module, and the public methods of its public classes."""
    for child in node.body:
        if isinstance(child, DEFINITION) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def sql_strings(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield the strings that hold SQL, docstrings left out; an f-string counts as one with gaps."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    prose |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            text = node.value
        else:
            continue
        if SQL.search(text):
            yield node


def test_files_are_short() -> None:
    sizes = {name(file): lines(file) for file in FILES if file.name != "__init__.py"}
    assert {file: size for file, size in sizes.items() if size > 500} == {}
    assert median(sizes.values()) <= 120
    assert quantiles(sizes.values(), n=10)[-1] <= 300


def test_functions_are_short() -> None:
    sizes = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for file in FILES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert quantiles(sizes, n=10)[-1] <= 30


@pytest.mark.parametrize("file", FILES, ids=name)
def test_public_names_have_docstrings(file: Path) -> None:
    tree = parse(file)
    overrides = {
        id(node)
        for node in public(tree)
        if any(isinstance(mark, ast.Name) and mark.id in ("override", "overload") for mark in node.decorator_list)
    }
    bare = [node.name for node in public(tree) if id(node) not in overrides and not ast.get_docstring(node)]
    assert ast.get_docstring(tree), "the module has no docstring"
    assert not bare


@pytest.mark.parametrize("file", [file for file in FILES if not may_hold_sql(file)], ids=name)
def test_sql_stands_only_where_it_belongs(file: Path) -> None:
    found = [f"line {node.lineno}" for node in sql_strings(parse(file))]
    assert not found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = "SELECT a FROM b"', 1),
        ('x = f"INSERT INTO {t} VALUES (1)"', 1),
        ('x = """\\n  select a\\n  from b where c"""', 1),
        ('"""How to SELECT a FROM b."""', 0),
        ('x = "Please select a person from the list"', 0),
    ],
)
def test_sql_is_recognised(source: str, found: int) -> None:
    assert len(list(sql_strings(ast.parse(source)))) == found
