import pytest
from support.installation import POLICY, SHOP, SITE, Installation, identify

from regulars.identity.lookup import BadLookup
from regulars.identity.rules import RULES
from regulars.profiles.search import CustomerSummary, search


def found(installation: Installation, text: str, limit: int = 20) -> tuple[CustomerSummary, ...]:
    return installation.read(lambda connection: search(connection, text, limit, POLICY, RULES))


def names(installation: Installation, text: str, limit: int = 20) -> list[str]:
    return [each.name for each in found(installation, text, limit)]


@pytest.mark.parametrize("text", ["", " ", "a\0b", "\ud800", "x" * 201, "a\nb"])
def test_what_cannot_be_searched(installation: Installation, text: str) -> None:
    with pytest.raises(BadLookup):
        found(installation, text)


def test_signs_of_patterns_are_letters_like_any(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", name="Ada Lovelace"))
    for text in ("%%%", "___", "\\\\\\", "ada%", "'; --", "((("):
        assert names(installation, text) in ([], ["Ada Lovelace"])
    assert names(installation, "%%%") == names(installation, "___") == []


def test_the_likeliest_comes_first(installation: Installation) -> None:
    said = ["Greta Lindberg", "Greta Lind", "Margreta Holm", "Lind Greta"]
    installation.send(SHOP, *(identify(f"u{n}", name=name) for n, name in enumerate(said)))
    assert names(installation, "greta lind")[0] == "Greta Lind"
    assert names(installation, "greta lind")[1] == "Greta Lindberg"
    assert set(names(installation, "greta")) == set(said)
    assert names(installation, "greta")[-1] == "Margreta Holm"
    assert len(names(installation, "greta", 2)) == 2
    assert "Margreta Holm" in names(installation, "Magreta Holm")


def test_a_whole_identifier_is_found_alone(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example"), identify("u2", email="nada@mail.example"))
    assert [each.identifiers[0].value for each in found(installation, "Ada@mail.example")] == ["u1"]
    assert len(found(installation, "ada@mail")) == 2
    assert len(found(installation, "nadda@mail.example")) >= 1


@pytest.mark.parametrize("text", ["&&& !!", "swoboda &&&", "— –", "a b c d e f g h", "\U0001f600 \U0001f600"])
def test_what_is_no_word_is_no_misspelling(installation: Installation, text: str) -> None:
    installation.send(SHOP, identify("u1", name="Greta Svoboda"))
    assert names(installation, text) in ([], ["Greta Svoboda"])


def test_misspelt_words_are_found_in_any_order_and_each_must_be_like_something(installation: Installation) -> None:
    said = ["Greta Svoboda", "Greta Wintersteiger", "Tomas Svoboda"]
    installation.send(SHOP, *(identify(f"u{n}", name=name) for n, name in enumerate(said)))
    assert names(installation, "swoboda gretta") == ["Greta Svoboda"]
    assert names(installation, "Tomass Svoboda") == ["Tomas Svoboda"]
    assert names(installation, "greta maria wintersteigr") == []
    assert names(installation, "wintesteiger") == ["Greta Wintersteiger"]


def test_a_misspelt_address_is_found_by_what_stands_before_its_domain(installation: Installation) -> None:
    mails = ["greta.svoboda17@post.example", "tomas.novak3@post.example", "g.berg@post.example"]
    installation.send(SHOP, *(identify(f"u{n}", email=mail) for n, mail in enumerate(mails)))
    for text in ("greta.swoboda17@post.example", "greta.svoboda17@pots.exmaple", "gretasvoboda17@post.example"):
        assert [each.identifiers[-1].value for each in found(installation, text)] == mails[:1]
    assert found(installation, "@nowhere.example") == ()


def test_one_customer_is_listed_once_and_a_shared_number_leads_to_who_uses_it(installation: Installation) -> None:
    installation.send(SHOP, *(identify(f"u{n}", phone="+1 202 555 0143", name=f"Person {n}") for n in (1, 2, 3)))
    assert sorted(names(installation, "555 0143")) == ["Person 1", "Person 2", "Person 3"]
    assert sorted(names(installation, "+12025550143")) == ["Person 1", "Person 2", "Person 3"]


def test_a_cookie_is_found_whole_only(installation: Installation) -> None:
    installation.send(SITE, {"type": "page", "anonymousId": "0f8fad5b-d9cb-469f-a165-70867728950e"})
    assert found(installation, "d9cb") == ()
    (visitor,) = found(installation, "0f8fad5b-d9cb-469f-a165-70867728950e")
    assert visitor.kind == "anonymous" and visitor.last_seen is not None


def test_a_claimed_name_finds_but_does_not_rename(installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example", name="Ada Lovelace"))
    installation.send(SITE, identify("", "c1", email="ada@mail.example", name="Mallory"))
    assert names(installation, "mallory") in ([], ["Ada Lovelace"])
