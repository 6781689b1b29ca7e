"""The SQL of campaigns."""

from typing import Final

COLUMNS: Final = (
    "name", "title", "segment", "variants", "purpose", "topic", "channels", "starts", "patience", "holdout", "state",
    "place", "at", "actor", "changed",
)  # fmt: skip
_CAMPAIGN: Final = ", ".join(COLUMNS)
_CHANGED: Final = ", ".join(f"{each} = excluded.{each}" for each in COLUMNS if each not in ("name", "at"))
ALL: Final = f"SELECT {_CAMPAIGN} FROM campaigns ORDER BY at DESC, name"
FIND: Final = f"SELECT {_CAMPAIGN} FROM campaigns WHERE name = %s"
LOCKED: Final = f"{FIND} FOR UPDATE"
PUT: Final = f"""
INSERT INTO campaigns ({_CAMPAIGN}) VALUES ({", ".join(["%s"] * len(COLUMNS))})
ON CONFLICT (name) DO UPDATE SET {_CHANGED}
"""
SET_STATE: Final = "UPDATE campaigns SET state = %s, starts = %s, changed = %s WHERE name = %s"
SET_PLACE: Final = "UPDATE campaigns SET place = %s, changed = %s WHERE name = %s"
REMOVE: Final = "DELETE FROM campaigns WHERE name = %s AND state = 'draft'"
RUNNING: Final = "SELECT name, starts FROM campaigns WHERE state = 'running' ORDER BY starts, name"

DUE: Final = """
SELECT customer, asked, tries FROM campaign_waiting WHERE campaign = %b AND wake <= %b ORDER BY wake, customer LIMIT %b
FOR UPDATE
"""
NEXT: Final = """
SELECT min(wake) FROM campaign_waiting WHERE campaign = %s
"""
WAIT: Final = """
INSERT INTO campaign_waiting (campaign, customer, wake, asked, tries)
SELECT %b, * FROM unnest(%b::bytea[], %b::bigint[], %b::bigint[], %b::int[])
ON CONFLICT (campaign, customer) DO UPDATE SET wake = excluded.wake, tries = excluded.tries
"""
WAIT_NO_MORE: Final = "DELETE FROM campaign_waiting WHERE campaign = %b AND customer = ANY(%b::bytea[])"
WAITING: Final = "SELECT campaign, count(*) FROM campaign_waiting GROUP BY campaign"
COUNT: Final = """
INSERT INTO campaign_counts (campaign, variant, what, n) VALUES (%s, %s, %s, %s)
ON CONFLICT (campaign, variant, what) DO UPDATE SET n = campaign_counts.n + excluded.n
"""
COUNTS: Final = "SELECT campaign, variant, what, n FROM campaign_counts"
ERASE: Final = "DELETE FROM campaign_waiting WHERE customer = ANY(%b::bytea[])"
