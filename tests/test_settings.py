"""Settings: the file, then the environment; what is wrong is told by its key."""

from pathlib import Path

import pytest

from regulars.cli.main import main
from regulars.collection.redaction import IpPolicy
from regulars.identity.rules import TypeRule
from regulars.model.identifier import Tier
from regulars.settings import DEFAULT_DATA, FILE, Settings, SettingsError, load

WRONG = {
    "locale": ['locale = "xx-XX"', "locale = 1", 'locale = ""'],
    "timezone": ['timezone = "Mars/Olympus"', "timezone = 1", 'timezone = "../x"'],
    "port: must be a port number": ['port = "http"', "port = -1", "port = 70000", "port = 1.5", "port = true"],
    "host: must be": ["host = 1", 'host = ""', 'host = " "'],
    "database_url: must be": ["database_url = 5432", 'database_url = "nonsense"', 'database_url = "port==1 x"'],
    "shared_buffers: must be": ["shared_buffers = 512", 'shared_buffers = "much"', 'shared_buffers = "1GB\'"'],
    "currency: ": ["currency = 978", 'currency = "EURO"', 'currency = "€"'],
    "ip: must be one of keep, mask, drop": ['ip = "hide"', "ip = true", "ip = []", 'ip = "MASK"'],
    "rules: must be a table": ["rules = 1", "rules = [1]"],
    "policy: must be a table": ['policy = "US"'],
    "colour: no such setting": ["colour = 1", "[colour]"],
    "rules.dominance: ": ["[rules]\ndominance = 0.4", '[rules]\ndominance = "most"', "[rules]\ndominance = nan"],
    "rules.dominance_messages: ": ["[rules]\ndominance_messages = 0"],
    "rules.hub: ": ["[rules]\nhub = 1.5", "[rules]\nhub = true"],
    "rules.component_bound: ": ["[rules]\ncomponent_bound = -1"],
    "rules.version: ": ['[rules]\nversion = "2"'],
    "rules.edge_order: ": ['[rules]\nedge_order = "latest"'],
    "rules.hubs: ": ["[rules]\nhubs = 1"],
    "rules.types: ": ["[rules]\ntypes = 1"],
    "rules.types.email: ": ["[rules.types]\nemail = 1"],
    "rules.types.email.tier: ": ['[rules.types.email]\ntier = "strongest"', "[rules.types.email]\ntier = 1"],
    "rules.types.email.limit: ": ["[rules.types.email]\nlimit = 0", '[rules.types.email]\nlimit = "5"'],
    "rules.types.email.fan_out: ": ["[rules.types.email]\nfan_out = false"],
    "rules.types.email.space: ": ['[rules.types.email]\nspace = "two"'],
    "rules.types.email.colour: ": ["[rules.types.email]\ncolour = 1"],
    "rules.types.E-mail: ": ['[rules.types."E-mail"]\nlimit = 1'],
    "rules.other.tier: ": ['[rules.other]\ntier = ""'],
    "policy.region: ": ['[policy]\nregion = "Atlantis"', "[policy]\nregion = 1"],
    "policy.programme: ": ["[policy]\nprogramme = 1"],
    "policy.own_domains: ": ['[policy]\nown_domains = "mail.example"', "[policy]\nown_domains = [1]"],
    "policy.own_phones: ": ['[policy]\nown_phones = ["call us"]'],
    "policy.blocked: ": ["[policy]\nblocked = {}"],
    "policy.repeated_from: ": ["[policy]\nrepeated_from = 1", "[policy]\nrepeated_from = true"],
    "policy.colour: ": ["[policy]\ncolour = 1"],
    "retention: must be a table": ["retention = 30"],
    "retention.rejected: must be a number of days": [
        "[retention]\nrejected = -1",
        '[retention]\nrejected = "never"',
        "[retention]\nrejected = 1.5",
        "[retention]\nrejected = true",
        "[retention]\nrejected = 99999",
    ],
    "retention.orders: no such class": ["[retention]\norders = 30"],
    "claims.days: must be a number of days": ["[claims]\ndays = 0", "[claims]\ndays = true", '[claims]\ndays = "30"'],
    "claims.hours: no such setting": ["[claims]\nhours = 3"],
}


def written(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text)
    return folder


@pytest.mark.parametrize(("names", "text"), [(names, text) for names, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_told_by_its_key(tmp_path: Path, names: str, text: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(written(tmp_path, text), {})
    assert str(wrong.value).startswith(f"settings: {names}")
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value", "names"),
    [
        ("REGULARS_PORT", "many", "port"),
        ("REGULARS_PORT", "99999999", "port"),
        ("REGULARS_PORT", "-1", "port"),
        ("REGULARS_DATABASE_URL", "nonsense", "database_url"),
        ("REGULARS_ADDRESS", "regulars.shop.example", "address"),
        ("REGULARS_ADDRESS", "javascript:alert(1)", "address"),
        ("REGULARS_ADDRESS", "https://shop.example/below", "address"),
        ("REGULARS_ADDRESS", "https://[", "address"),
    ],
)
def test_a_wrong_variable_is_told_by_its_key(tmp_path: Path, name: str, value: str, names: str) -> None:
    with pytest.raises(SettingsError, match=f"^settings: {names}: must be"):
        load(tmp_path, {name: value})


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(tmp_path, {"REGULARS_DATABASE_URL": "postgresql://me:hunter%zz2@db.example/shop"})
    assert "hunter" not in str(wrong.value)


@pytest.mark.parametrize("content", [b"port = ", b"[rules", b"\xff\xfe", b"port = 1\nport = 2"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SettingsError, match=FILE):
        load(tmp_path, {})


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(SettingsError, match=FILE):
        load(tmp_path, {})


def test_a_command_tells_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digest", "--data", str(written(tmp_path, 'ip = "hide"'))]) == 1
    said = capsys.readouterr().err
    assert said.startswith("regulars: settings: ip: ") and said.count("\n") == 1


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings(data=tmp_path)


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    written(tmp_path, 'host = "10.0.0.1"\nport = 1234\ndatabase_url = "dbname=file"\ncurrency = "eur"\nip = "drop"\n')
    said = load(tmp_path, {})
    assert said == Settings(tmp_path, "10.0.0.1", 1234, "dbname=file", currency="EUR", ip=IpPolicy.DROP)
    variables = {"REGULARS_HOST": "0.0.0.0", "REGULARS_PORT": "80", "REGULARS_DATABASE_URL": "postgresql://db/shop"}
    heard = load(tmp_path, variables)
    assert (heard.host, heard.port, heard.database_url) == ("0.0.0.0", 80, "postgresql://db/shop")
    assert heard.currency == "EUR"


def test_days_of_retention(tmp_path: Path) -> None:
    said = load(written(tmp_path, '[retention]\nbrowsing = "none"\naudit = 0\n'), {}).retention
    default = Settings().retention
    assert (said.browsing, said.audit, said.rejected) == (None, 0, default.rejected)


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    empty = {"REGULARS_HOST": "", "REGULARS_PORT": "", "REGULARS_DATABASE_URL": "", "REGULARS_DATA": ""}
    assert load(written(tmp_path, "port = 1234"), empty).port == 1234
    assert load(None, empty).data == Path(DEFAULT_DATA)


def test_the_data_folder_is_the_options_then_the_variables(tmp_path: Path) -> None:
    assert load(tmp_path, {"REGULARS_DATA": "/elsewhere"}).data == tmp_path
    assert load(None, {"REGULARS_DATA": str(written(tmp_path, "port = 1"))}).port == 1


def test_tables_of_rules_and_policy(tmp_path: Path) -> None:
    text = """
        [policy]
        region = "de"
        own_domains = ["shop.example"]
        [rules]
        dominance = 0.9
        version = 2
        [rules.other]
        limit = 7
        [rules.types.email]
        limit = "none"
        [rules.types.crm_id]
        tier = "strong"
    """
    said = load(written(tmp_path, text), {})
    assert said.policy.region == "DE"
    assert said.policy.own_domains == {"shop.example"}
    assert (said.rules.dominance, said.rules.version, said.rules.hub) == (0.9, 2, Settings().rules.hub)
    assert said.rules.types["email"] == TypeRule(Tier.STRONG, None, 1, "one")
    assert said.rules.types["crm_id"] == TypeRule(Tier.STRONG, 7, 3, "source")
    assert load(tmp_path / "none", {}).rules.types["email"].limit == 5
