import sys
import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.identity.blocked import Policy
from regulars.identity.normalise import MAX_VALUE, Normalised, _email, normalise

POLICY = Policy()
TYPES = ["user_id", "loyalty_id", "wallet_serial", "email", "phone", "payment_token", "device_id", "social_handle"]
TYPES += ["anonymous_id", "receipt_id", "order_id", "crm_id"]
ANY = st.text(alphabet=st.characters(), max_size=300)
JUNK = st.sampled_from(
    ["null", "-1", "0", "nu-ll", "AAAA", "ßß", "@", "@@ x", "Ｎｕｌｌ", "+", "12-34-56-78", "０", "ŉŉ", "\u200bx"]
)
WRAPPED = st.builds(
    lambda a, b, c: a + b + c, st.sampled_from(["", " ", '"', "-", "@", "\u00ad"]), JUNK | ANY, ANY | JUNK
)
NUMBERS = st.text(alphabet="0123456789+-() ;ext=x０１.", max_size=24)
ADDRESSES = st.builds(
    lambda a, b: f"{a}@{b}", st.text(max_size=12), st.sampled_from(["Example.CZ", "bücher.cz", "İ.com"])
)


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("raw", ["a\0b", "jana\x07@example.cz", "\ud800", "+420\udfff777123456", "a\x85b", "\ufffd"])
def test_damaged_values_are_invalid_and_never_another_value(type: str, raw: str) -> None:
    result = normalise(type, raw, POLICY)
    assert result.blocked == "invalid"
    assert "\ufffd" in result.value and "\0" not in result.value
    result.value.encode()


@pytest.mark.parametrize("type", TYPES)
def test_what_is_too_long_is_cut_and_invalid(type: str) -> None:
    for raw in ("aB" * 200, "ab" * 50_000):
        result = normalise(type, raw, POLICY)
        assert len(result.value) == MAX_VALUE and result.blocked == "invalid"


def test_what_grows_too_long_is_cut_and_invalid() -> None:
    result = normalise("crm_id", "\ufdfa" * 200, POLICY)
    assert len(result.value) == MAX_VALUE and result.blocked == "invalid"


def test_what_is_no_address_or_number_is_kept_as_invalid() -> None:
    assert normalise("email", " Jana AT example.cz ", POLICY) == Normalised("jana at example.cz", "invalid")
    assert normalise("email", "jana@localhost", POLICY) == Normalised("jana@localhost", "invalid")
    assert normalise("email", "jana@shop.invalid", POLICY) == Normalised("jana@shop.invalid", "invalid")
    assert normalise("phone", "Call Me", POLICY) == Normalised("call me", "invalid")
    assert normalise("phone", "777 12", POLICY) == Normalised("777 12", "invalid")
    assert normalise("email", "null", POLICY) == Normalised("null", "placeholder")


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("email", " Jana.Nova@Example.CZ\n", "jana.nova@example.cz"),
        ("email", "jana+shop@example.cz", "jana+shop@example.cz"),
        ("email", "jana@BÜCHER.cz", "jana@xn--bcher-kva.cz"),
        ("email", "jana@xn--bcher-kva.cz", "jana@xn--bcher-kva.cz"),
        ("email", "ｊａｎａ＠example.cz", "jana@example.cz"),
        ("email", "\u200bjana@example.cz\ufeff", "jana@example.cz"),
        ("email", "someone@example.com", "someone@example.com"),
        ("phone", "(415) 555-0100", "+14155550100"),
        ("phone", "\u202a+1 415 555 0100\u202c", "+14155550100"),
        ("phone", "4155550100", "+14155550100"),
        ("phone", "+420 777 123 456", "+420777123456"),
        ("loyalty_id", " ab-12 34‑56 ", "AB123456"),
        ("loyalty_id", "17", "17"),
        ("user_id", "  Jana 17 ", "Jana 17"),
        ("user_id", "Zoe\u0308", "Zoë"),
        ("user_id", "ｘ１", "ｘ１"),
        ("social_handle", "@Jana_N", "jana_n"),
        ("device_id", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("device_id", "Ab-C", "Ab-C"),
        ("anonymous_id", " Ab-C ", "Ab-C"),
        ("payment_token", "tok_１A", "tok_1A"),
        ("crm_id", "K-17", "K-17"),
    ],
)
def test_one_spelling(type: str, raw: str, value: str) -> None:
    assert normalise(type, raw, POLICY) == Normalised(value)


def test_a_card_of_minus_one_is_not_card_one() -> None:
    assert normalise("loyalty_id", "-1", POLICY) == Normalised("-1", "placeholder")
    assert normalise("loyalty_id", "1", POLICY) == Normalised("1")


def test_blocked_values_lose_their_case() -> None:
    assert (
        normalise("user_id", "NULL", POLICY)
        == normalise("user_id", "null", POLICY)
        == Normalised("null", "placeholder")
    )
    assert normalise("loyalty_id", "nu-ll", POLICY) == Normalised("null", "placeholder")


def test_the_region_is_the_policys() -> None:
    assert normalise("phone", "777 123 456", Policy(region="CZ")).value == "+420777123456"
    assert normalise("phone", "777 123 456", Policy(region="")).blocked == "invalid"


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(TYPES),
    WRAPPED | NUMBERS | ADDRESSES,
    st.sampled_from([POLICY, Policy(region="CZ"), Policy(region="")]),
)
def test_normalising_twice_changes_nothing(type: str, raw: str, policy: Policy) -> None:
    once = normalise(type, raw, policy)
    assert normalise(type, once.value, policy) == once
    assert len(once.value) <= MAX_VALUE
    assert "\0" not in once.value
    once.value.encode()


@pytest.mark.parametrize("type", ["user_id", "loyalty_id", "social_handle", "crm_id"])
def test_every_character_is_idempotent(type: str) -> None:
    for code in range(0, min(sys.maxunicode, 0x32000)):
        if unicodedata.category(chr(code)) == "Lo" and code >= 0x3400:
            continue
        once = normalise(type, f"a{chr(code)}Σ", POLICY)
        assert normalise(type, once.value, POLICY) == once, hex(code)


@given(
    local=st.text("ab1._+-", min_size=1, max_size=9),
    domain=st.one_of(
        st.sampled_from(
            ("mail.example", "test", "x.local", "a.1", "xn--a.com", "ab--c.com", "b.arpa", "a" * 64 + ".com")
        ),
        st.text("ab1.-", min_size=1, max_size=12),
    ),
)
def test_a_plain_address_is_judged_as_any_other(local: str, domain: str) -> None:
    """Domains are judged once and remembered; what comes of it is what the whole address would have given."""
    text = f"{local}@{domain}"
    try:
        whole = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert _email(text) is None
    else:
        assert _email(text) == f"{whole.local_part.lower()}@{whole.ascii_domain.lower()}"
