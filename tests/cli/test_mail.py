"""`regulars mail`, and what the settings make of channels."""

import io
import json
import sys
from pathlib import Path

import pytest
from support.frames import installed
from support.post import key_pem

from regulars.app import App
from regulars.cli.main import main
from regulars.messaging.channels.dkim import Signer
from regulars.messaging.channels.email import EmailChannel
from regulars.messaging.channels.sandbox import Sandbox
from regulars.messaging.channels.webhook import WebhookChannel
from regulars.sending import make_channels, make_sender
from regulars.settings import FILE, SettingsError, load

MAIL = b"From: Eve <eve@mail.example>\r\nMessage-ID: <a@mail.example>\r\n\r\nAre you there?"
LEAVING = """
address = "https://regulars.shop.example"
[mail]
smtp = "mail.shop.example:587"
sender = "Shop <news@shop.example>"
dkim_domain = "shop.example"
dkim_key = "dkim.pem"
[webhooks]
url = "https://systems.shop.example/messages"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(load(tmp_path / "data", {}), create=True)


def run(app: App, *arguments: str) -> int:
    return main([*arguments, "--data", str(app.settings.data), "--json"])


def piped(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_receive(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = installed(tmp_path / "data", database)
    piped(monkeypatch, b"")
    assert run(app, "mail", "receive") == 1 and "standard input" in capsys.readouterr().err
    for again in (False, True):
        piped(monkeypatch, MAIL)
        assert run(app, "mail", "receive", "--recipient", "news@shop.example", "--sender", "eve@mail.example") == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["came"], said["again"]) == ("replied", again)
    piped(monkeypatch, b"\xff\x00" * 1_000)
    assert run(app, "mail", "receive") == 0 and json.loads(capsys.readouterr().out)["came"] == "unreadable"


def test_the_key_is_made_once(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, "mail", "key") == 1 and "--domain" in capsys.readouterr().err
    assert run(app, "mail", "key", "--domain", "not a domain") == 1
    assert not (app.settings.data / "dkim.pem").exists()
    capsys.readouterr()
    said = []
    for _ in range(2):
        assert run(app, "mail", "key", "--domain", "shop.example", "--selector", "r2") == 0
        said.append(json.loads(capsys.readouterr().out))
    assert [each["made"] for each in said] == [True, False] and said[0]["record"] == said[1]["record"]
    file = app.settings.data / "dkim.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    assert Signer("shop.example", "r2", file.read_bytes()).record == (said[0]["name"], said[0]["record"])


def test_channels_as_the_settings_say(app: App) -> None:
    sandbox = make_channels(app, {})
    assert {type(each) for each in sandbox.real.values()} == {Sandbox}
    file = app.settings.data / FILE
    first = "port = 8765\n"
    file.write_text(first + LEAVING)
    leaving = App(load(app.settings.data, {}))
    with pytest.raises(SettingsError, match="`regulars mail key` makes one"):
        make_channels(leaving, {})
    (app.settings.data / "dkim.pem").write_bytes(b"nothing")
    with pytest.raises(SettingsError, match="the DKIM key must be"):
        make_channels(leaving, {})
    (app.settings.data / "dkim.pem").write_bytes(key_pem())
    found = make_channels(leaving, {})
    assert [type(found.real[name]) for name in ("email", "webhook")] == [EmailChannel, WebhookChannel]
    assert {type(each) for each in found.sandbox.values()} == {Sandbox}
    found.close()
    make_sender(leaving, {}).close()
    file.write_text(first + LEAVING.replace('address = "https://regulars.shop.example"', ""))
    with pytest.raises(SettingsError, match="address: say where"):
        make_channels(App(load(app.settings.data, {})), {})
    file.write_text(first + LEAVING.replace("[webhooks]", 'ca = "none.pem"\n[webhooks]'))
    with pytest.raises(SettingsError, match=r"mail\.ca"):
        make_channels(App(load(app.settings.data, {})), {})
    file.write_text(first + '[mail]\nsmtp = "x"\n')
    with pytest.raises(SettingsError, match=r"mail\.smtp: must be host:port"):
        load(app.settings.data, {})
