"""Chance that comes out alike on every machine: only exact arithmetic, and names made by a hash."""

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class Chance(Random):
    """A stream of chance of its own for each label.

    Everything is made of `random()`, whose numbers Python promises to keep, by +, -, * and /, which every machine
    computes alike; logarithms and their like differ in the last digit from one C library to the next.
    """

    def below(self, number: int) -> int:
        """A whole number from 0 to `number` - 1."""
        return int(self.random() * number)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high` - 1."""
        return low + int(self.random() * (high - low))

    def hit(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of several, each as likely."""
        return options[int(self.random() * len(options))]

    def drawn(self, cumulative: Sequence[int]) -> int:
        """A place in a list of cumulative whole weights, the last of them the total."""
        return bisect_right(cumulative, int(self.random() * cumulative[-1]))

    def times(self, mean: float) -> int:
        """How often something happens that happens `mean` times on average: binomial, at most a quarter each turn."""
        turns = 4 * (int(mean) + 1)
        probability = mean / turns
        return sum(self.random() < probability for _ in range(turns)) if mean > 0 else 0


def stream(root: str, label: str, number: int = 0) -> Chance:
    """The stream of chance of one label and number of a town, so that no part of it disturbs another.

    `root` names the town by all that it is made from: two towns share neither persons nor orders nor message ids.
    """
    return Chance(f"{root}:everyday:{label}:{number}")


def mark(*parts: object) -> str:
    """24 letters that name something and tell nothing of it; letters only, since digits could pass for a card."""
    text = "\x1f".join(map(str, parts))
    return blake2b(text.encode(), digest_size=12).hexdigest().translate(_LETTERS)


def cumulative(weights: Sequence[int]) -> tuple[int, ...]:
    """Running sums of whole weights, as `Chance.drawn` wants them."""
    total, sums = 0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return tuple(sums)
