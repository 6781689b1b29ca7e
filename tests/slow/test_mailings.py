"""The Complete Journey's mailings were not drawn by lot: what was spent before says so, and no uplift is shown."""

from pathlib import Path

import duckdb
import pytest
from support.installation import Installation
from support.lakes import write_lake

from regulars.collection.completejourney_files import find_files, installed
from regulars.measurement.measure import measure
from regulars.measurement.result import NOT_RANDOM

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BASKETS = """
SELECT household_id::VARCHAR, any_value(transaction_timestamp), basket_id::VARCHAR,
    sum(round(sales_value * 100))::BIGINT FROM read_parquet(?) GROUP BY household_id, basket_id
"""
MAILINGS = """
SELECT m.household_id::VARCHAR, (d.start_date::DATE + INTERVAL 12 HOUR), m.campaign_id::VARCHAR
FROM read_parquet(?) m JOIN read_parquet(?) d USING (campaign_id)
"""
NOW = 1_514_764_800_000_000  # 2018-01-01


def test_mailed_households_had_spent_663_dollars_against_141(installation: Installation, tmp_path: Path) -> None:
    files = {name: str(path) for name, path in find_files(installed()).items()}
    orders = [
        {"customer": who, "time": time, "order_id": id, "space": "main", "currency": "USD", "spend": cents}
        for who, time, id, cents in duckdb.execute(BASKETS, [files["transactions"]]).fetchall()
    ]
    said = '{{"campaign_id": "{}", "randomised": false}}'
    events = [
        {
            "customer": who,
            "time": time,
            "name": "Message Sent",
            "source": "completejourney",
            "properties": said.format(id),
        }
        for who, time, id in duckdb.execute(MAILINGS, [files["campaigns"], files["campaign_descriptions"]]).fetchall()
    ]
    assert (len(orders), len(events)) == (155_848, 6_589)
    found = {
        each.name: each
        for each in measure(installation.connection, write_lake(tmp_path, orders=orders, events=events), NOW)
    }
    assert len(found) == 27
    assert all(each.verdict == NOT_RANDOM and each.lifts == (None, None, None) for each in found.values())
    chosen = found["13"].chosen
    assert chosen is not None
    assert (chosen.ever, chosen.never) == (1_559, 910)
    assert round(chosen.ever_before / 100) == 663
    assert round(chosen.never_before / 100) == 141
    assert chosen.got_before > 3 * chosen.others_before
