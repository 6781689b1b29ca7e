"""A nameless sale at a till, claimed on a phone, is on her page: all by public interfaces."""

import re
import time
from pathlib import Path

import httpx
import pytest
from support.running import Running, now

ADDRESS = "zoe.claims@mail.example"

MAILS = "SELECT convert_from(body, 'UTF8') FROM mailbox WHERE recipient = %s"
PATIENCE = 60.0


def say_yes(running: Running) -> None:
    """Follow the link in the mail that asks her, and confirm."""
    deadline = time.monotonic() + PATIENCE
    while not (mails := running.sql(MAILS, ADDRESS)):
        assert time.monotonic() < deadline, "no mail asks her"
        time.sleep(0.1)
    body = mails[0][0].replace("=\r\n", "").replace("=3D", "=")
    link = re.search(r"confirm(?:%2F|/)([A-Za-z0-9_-]{54})", body)
    assert link is not None, body
    with httpx.Client(base_url=running.address, trust_env=False, timeout=30) as phone:
        shown = phone.get(f"/confirm/{link[1]}")
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', shown.text)
        assert token is not None
        assert "Thank you" in phone.post(f"/confirm/{link[1]}", data={"csrf": token[1]}).text


@pytest.mark.slow
def test_from_the_till_to_her_page(installation: Running, tmp_path: Path) -> None:
    running = installation
    key = running.key("secret", "claim-till")
    at = now(-30)
    place = {"store_id": "77", "till_id": "1", "receipt_id": "900417"}
    sale = {**place, "channel": "store", "currency": "EUR", "total": 49.9}
    sale["products"] = [{"product_id": "A1", "name": "Blue scarf", "price": 49.9, "quantity": 1}]
    running.send(key, {"type": "track", "event": "Order Completed", "timestamp": at, "properties": sale})
    running.wait()
    told = running.get("/api/customers", key, identifier="receipt_id:900417").json()
    assert told["customers"] == []

    answer = running.post("/api/receipts/claim-link", key, {**place, "time": at})
    assert answer.status_code == 200 and answer.json()["qr"].startswith("<svg")
    said = running.cli(
        "receipts", "link", "--store", "77", "--till", "1", "--receipt", "900417", "--time", at,
        "--qr", str(tmp_path / "receipt.png"),
    )  # fmt: skip
    path = answer.json()["link"].removeprefix(running.address)
    assert said[0]["link"].endswith(path) and (tmp_path / "receipt.png").read_bytes().startswith(b"\x89PNG")

    with httpx.Client(base_url=running.address, trust_env=False, timeout=30) as phone:
        shown = phone.get(path)
        assert shown.status_code == 200 and "49.90" in shown.text
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', shown.text)
        assert token is not None
        done = phone.post(path, data={"csrf": token[1], "email": ADDRESS, "news": "on"}, follow_redirects=True)
        assert done.status_code == 200 and "Thank you" in done.text
    with httpx.Client(base_url=running.address, trust_env=False, timeout=30) as stranger:
        assert "has been claimed" in stranger.get(path).text

    running.wait()
    [found] = running.get("/api/customers", key, identifier=f"email:{ADDRESS}").json()["customers"]
    page = running.get(f"/api/customers/{found['id']}", key).json()
    assert page["spend"] == [{"currency": "EUR", "minor": 4990, "text": "49.90 EUR"}]
    assert [each["name"] for each in page["bought"]] == ["Blue scarf"]
    assert [(each["key"], each["orders"]) for each in page["favourite_stores"]] == [("77", 1)]
    assert page["consents"] == [], "nobody has yet said yes who reads what is sent there"
    say_yes(running)
    running.wait()
    page = running.get(f"/api/customers/{found['id']}", key).json()
    words = [(each["purpose"], each["channel"], each["word"]) for each in page["consents"]]
    assert words == [("marketing", "email", "given")]
    before = running.cli("digest")[0]
    running.cli("rebuild")
    assert running.cli("digest")[0] == before
