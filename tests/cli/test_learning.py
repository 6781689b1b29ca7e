"""When recommendations are learnt by themselves."""

import pytest

from regulars.cli.learning import is_due


@pytest.mark.parametrize(
    ("lines", "known", "age", "due"),
    [
        (0, None, 0, False), (1, None, 0, True), (10, 10, 3_600, False), (10, 10, 86_400, True),
        (16, 10, 60, False), (16, 10, 700, True), (14, 10, 700, False), (1, 0, 700, True), (0, 10, 90_000, True),
    ],
)  # fmt: skip
def test_when_to_learn(lines: int, known: int | None, age: float, due: bool) -> None:
    assert is_due(lines, known, age) is due
