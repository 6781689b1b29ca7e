import pytest

from regulars.profiles.listing.misspelt import one_off
from regulars.profiles.listing.words import name_words, pattern, plain, search_words, terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jürgen  GROSS", "jurgen gross"),
        ("Jürgen Groß", "jurgen gross"),
        ("TOMÁŠ Novák", "tomas novak"),
        ("  ", ""),
        ("😀 x", "😀 x"),
        ("Ⅳ ﬁ", "iv fi"),
    ],
)
def test_plain(text: str, words: str) -> None:
    assert plain(text) == words
    assert plain(words) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("ada ada", ["ada"]),
        ("0660 123-45/67", ["6601234567"]),
        ("+43 660 1", ["436601"]),
        ("000", ["0"]),
        ("12 Ada", ["ada", "12"]),
        ("a b c d e f g h i j k", list("abcdefgh")),
    ],
)
def test_terms(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_signs_of_patterns_are_letters_like_any() -> None:
    assert pattern("50%_\\") == "%50\\%\\_\\\\%"
    assert pattern("an") == "% an%"


def test_words_are_bounded_and_each_stands_once() -> None:
    assert search_words(["ada ada", "ada k"], ["ADA@x.example", "+43 1"]) == " ada k ada@x.example +431"
    assert len(search_words(["x" * 5_000], [])) == 2_000
    assert name_words("Ada von d'Arc-Lind, Jr.") == {"ada", "von", "arc", "lind"}


@pytest.mark.parametrize(
    ("typed", "word", "near"),
    [
        ("koch", "koch", True),
        ("kohc", "koch", True),
        ("kock", "koch", True),
        ("kch", "koch", True),
        ("kooch", "koch", True),
        ("okch", "koch", True),
        ("kohk", "koch", False),
        ("ko", "koch", False),
        ("lang", "koch", False),
        ("koch", "kochs", True),
        ("koch", "kochab", False),
    ],
)
def test_one_letter_off(typed: str, word: str, near: bool) -> None:
    assert one_off(typed, word) is near
    assert one_off(word, typed) is near
