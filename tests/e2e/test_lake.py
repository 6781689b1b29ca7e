"""`regulars up` keeps the lake; `regulars sql` asks it."""

import time

import pytest
from support.running import PATIENCE, Running

from regulars.cli.main import main


def test_what_comes_in_can_be_asked(installation: Running, capsys: pytest.CaptureFixture[str]) -> None:
    key = installation.key("secret", "lake")
    properties = {"order_id": "L1", "total": 12.5, "currency": "EUR", "coupon": "=1+1"}
    installation.send(key, {"type": "track", "event": "Order Completed", "userId": "lake-1", "properties": properties})
    installation.wait()
    question = "SELECT order_id, total, coupon FROM orders WHERE source = 'lake'"
    deadline = time.monotonic() + PATIENCE
    while True:
        code = main(["sql", question, "--json", "--data", str(installation.folder)])
        said, wrong = capsys.readouterr()
        if said or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert (code, wrong) == (0, "")
    assert said == '{"order_id":"L1","total":1250,"coupon":"=1+1"}\n'
    assert main(["sql", question, "--csv", "--data", str(installation.folder)]) == 0
    assert capsys.readouterr().out == "order_id,total,coupon\r\nL1,1250,'=1+1\r\n"
    assert main(["sql", 'FROM range(9) AS t ("a\nb")', "--limit", "2", "--data", str(installation.folder)]) == 0
    said, told = capsys.readouterr()
    assert said == "a�b\n---\n  0\n  1\n"
    assert told == "there are more than these 2 rows: --limit gives more\n"
    lake = [each for each in installation.cli("doctor")[0]["findings"] if each["check"] == "lake"]
    assert lake[0]["level"] == "ok"
    text = installation.http.get("/metrics").text
    assert "regulars_lake_lag_seconds 0.0" in text or "regulars_lake_lag_seconds" in text
    looked = installation.sql("SELECT count(*) FROM audit WHERE action = 'sql' AND detail = ''")
    assert looked[0][0] >= 3
