"""Words of names that differ from what was typed by one letter: the way to short names, which share too little else."""

from typing import Any, Final

import psycopg

from regulars.profiles.listing import queries
from regulars.profiles.listing.words import plain

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

NEAREST: Final = 5
"""So many words at most are taken for what was meant."""
SHORTEST: Final = 3


def one_off(typed: str, word: str) -> bool:
    """Whether one letter is wrong, missing, needless, or swapped with the next."""
    if abs(len(typed) - len(word)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    a, b = typed[start:], word[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (len(a) > 1 and a[1::-1] + a[2:] == b)


async def meant(connection: AsyncConnection, term: str) -> list[str]:
    """The words of names that a word may be a misspelling of, most frequent first; none where a name begins with it."""
    word = plain(term)
    if len(word) < SHORTEST or not word.isalpha():
        return []
    row = await (await connection.execute(queries.BEGINS, (f"{word}%",))).fetchone()
    if row and row[0]:
        return []
    asked = {"least": len(word) - 1, "most": len(word) + 1, "letters": sorted({word[0], word[1]})}
    cursor = await connection.execute(queries.NEAR_WORDS, asked)
    return [near for (near,) in await cursor.fetchall() if one_off(word, near)][:NEAREST]
