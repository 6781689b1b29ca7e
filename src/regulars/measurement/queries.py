"""The SQL of measurement: touches and decisions in PostgreSQL's, what people bought since in DuckDB's."""

from typing import Final

# Touches.

SENT: Final = """
SELECT d.id, d.customer, i.customer, d.kind, d.name, d.action, d.channel, d.simulated, coalesce(o.address, ''),
    coalesce(o.message, ''), coalesce(o.message_id, ''), CASE WHEN o.state = 'sent' THEN o.changed ELSE d.at END
FROM decisions d LEFT JOIN outbox o ON o.decision = d.id
LEFT JOIN issued_ids n ON n.customer = d.customer LEFT JOIN identifiers i ON i.key = n.anchor
WHERE d.id = ANY(%b::bytea[]) AND d.done
"""
FOLLOWED: Final = """
SELECT decision, place, max(last) FROM touches WHERE decision = ANY(%b::bytea[]) AND what = 'clicked'
GROUP BY decision, place
"""
COUNT: Final = """
INSERT INTO touches (decision, what, machine, place, customer, first, last, n) VALUES (%b, %b, %b, %b, %b, %b, %b, 1)
ON CONFLICT (decision, what, machine, place) DO UPDATE
SET n = least(touches.n, 2000000000) + 1, last = greatest(touches.last, excluded.last)
RETURNING n
"""
ERASE: Final = "DELETE FROM touches WHERE customer = ANY(%b::bytea[])"

# Decisions, each customer once for each subject: by her first one, under the id she has now.

_FIRST: Final = """
SELECT DISTINCT ON (w.name, w.who) w.name, w.who, w.at, w.done, w.held_by, w.action, w.policy, w.simulated
FROM (SELECT {} AS name, coalesce(i.customer, d.customer) AS who, d.at, d.id, d.done, d.held_by, d.action, d.policy,
        d.simulated
    FROM decisions d LEFT JOIN issued_ids n ON n.customer = d.customer LEFT JOIN identifiers i ON i.key = n.anchor
    WHERE (d.done OR d.arm <> '') AND {}) AS w
ORDER BY w.name, w.who, w.at, w.id
"""
FIRST: Final = {
    "campaign": _FIRST.format("d.name", "d.kind = 'campaign'"),
    "journey": _FIRST.format("d.name", "d.kind = 'journey'"),
    "action": _FIRST.format("d.action", "d.action <> ''"),
}
"""For each kind of subject who was in it, by the first decision that chose something or held it back."""

_WAY: Final = """
SELECT {0}, count(DISTINCT d.id) FILTER (WHERE o.state = 'sent'),
    count(DISTINCT d.id) FILTER (WHERE o.state = 'stopped'), count(DISTINCT d.id) FILTER (WHERE o.state = 'failed'),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'opened' AND t.machine = ''),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'opened'),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'clicked' AND t.machine = ''),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'clicked'),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'shown'),
    count(DISTINCT t.decision) FILTER (WHERE t.what = 'dismissed')
FROM decisions d LEFT JOIN outbox o ON o.decision = d.id LEFT JOIN touches t ON t.decision = d.id
WHERE d.done AND {1} GROUP BY 1
"""
WAY: Final = {
    "campaign": _WAY.format("d.name", "d.kind = 'campaign'"),
    "journey": _WAY.format("d.name", "d.kind = 'journey'"),
    "action": _WAY.format("d.action", "d.action <> ''"),
    "variant": _WAY.format("d.name || ' ' || d.action", "d.kind = 'campaign'"),
}
"""How far the messages of each subject came; of a variant by its campaign and action, which have no spaces."""

PUT: Final = """
INSERT INTO results (kind, name, source, at, body) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (kind, name, source) DO UPDATE SET at = excluded.at, body = excluded.body
"""
DROP_OLDER: Final = "DELETE FROM results WHERE at < %s"
ALL: Final = "SELECT body FROM results ORDER BY kind, name, source"
ONE: Final = "SELECT body FROM results WHERE kind = %s AND name = %s AND source = %s"
DUE: Final = "SELECT max(at) FROM results"

# What follows is DuckDB's, over the views of the lake.

ENTERED: Final = """
CREATE TEMP TABLE entered (
    subject INTEGER, customer VARCHAR, side VARCHAR, stratum VARCHAR, start TIMESTAMP, variant VARCHAR
)
"""
ENTER: Final = """
INSERT INTO entered SELECT unnest($1::INTEGER[]), unnest($2::VARCHAR[]), unnest($3::VARCHAR[]), unnest($4::VARCHAR[]),
    make_timestamp(unnest($5::BIGINT[])), unnest($6::VARCHAR[])
"""
VARIANTS: Final = """
SELECT subject, variant FROM entered WHERE variant <> '' AND side = 'treated' GROUP BY ALL ORDER BY ALL
"""
ENTER_VARIANT: Final = """
INSERT INTO entered
SELECT $1, customer, CASE variant WHEN $3 THEN 'treated' ELSE 'own' END, stratum, start, ''
FROM entered WHERE subject = $2 AND side = 'treated' AND variant IN ($3, $4)
"""
"""Those who got one variant as a subject of its own, against those who got the first."""
TOLD: Final = """
CREATE TEMP TABLE told AS
SELECT source, properties->>'campaign_id' AS campaign, customer, name, "time", origin,
    lower(properties->>'randomised') AS randomised
FROM events
WHERE name IN ('Message Sent', 'Message Withheld') AND NOT claimed AND properties->>'campaign_id' IS NOT NULL
    AND source <> 'messages' AND NOT starts_with(source, 'messages (')
"""
CAMPAIGNS: Final = """
WITH about AS (
    SELECT properties->>'campaign_id' AS campaign, arg_max(properties->>'name', "time") AS title,
        arg_max(lower(properties->>'randomised'), "time") AS randomised,
        arg_max(TRY_CAST(properties->>'control_share' AS DOUBLE), "time") AS share
    FROM events WHERE name = 'Campaign Updated' AND NOT claimed GROUP BY 1
)
SELECT t.source, t.campaign, any_value(a.title), bool_or(t.randomised = 'false' OR a.randomised = 'false'),
    bool_or(t.randomised = 'true' OR a.randomised = 'true'), any_value(a.share), bool_or(t.origin <> '')
FROM told t LEFT JOIN about a USING (campaign) WHERE t.customer IS NOT NULL GROUP BY 1, 2 ORDER BY min(t."time"), 1, 2
"""
ENTER_TOLD: Final = """
INSERT INTO entered
SELECT $1, customer, CASE arg_min(name, "time") WHEN 'Message Sent' THEN 'treated' ELSE 'own' END, '', min("time"),
    ''
FROM told WHERE source = $2 AND campaign = $3 AND customer IS NOT NULL GROUP BY customer
"""
WAY_TOLD: Final = """
SELECT properties->>'campaign_id', source, name,
    count(DISTINCT customer) FILTER (WHERE coalesce(properties->>'machine', 'false') <> 'true'),
    count(DISTINCT customer)
FROM events WHERE name IN ('Message Sent', 'Message Bounced', 'Message Opened', 'Message Clicked') AND NOT claimed
    AND properties->>'campaign_id' IS NOT NULL AND source <> 'messages' AND NOT starts_with(source, 'messages (')
GROUP BY ALL
"""
CURRENCIES: Final = """
CREATE TEMP TABLE main AS
SELECT subject, coalesce(mode(o.currency), '') AS currency
FROM (SELECT DISTINCT subject, customer FROM entered) e LEFT JOIN orders o ON o.customer = e.customer GROUP BY subject
"""
MAIN: Final = "SELECT subject, currency FROM main"
BOUGHT: Final = """
CREATE TEMP TABLE bought AS
SELECT e.subject, e.customer, e.side, e.stratum, o."time", o.space, o.order_id,
    CASE WHEN coalesce(o.currency, '') = m.currency THEN coalesce(o.spend, 0)::DOUBLE ELSE 0 END AS amount
FROM entered e JOIN main m ON m.subject = e.subject
JOIN orders o ON o.customer = e.customer AND o."time" >= e.start AND o."time" < e.start + to_days($1::INTEGER)
WHERE NOT o.claimed
"""
SUMS: Final = """
WITH steps AS (
    SELECT *, row_number() OVER each AS nth, sum(amount) OVER each - amount AS before
    FROM bought
    WINDOW each AS (PARTITION BY subject, customer ORDER BY "time", space, order_id ROWS UNBOUNDED PRECEDING)
)
SELECT subject, side, stratum, epoch_us("time") // 86400000000 AS day, 0 AS people, sum(amount),
    sum(2 * before * amount + amount * amount), count(*) FILTER (WHERE before = 0 AND amount <> 0),
    count(*)::BIGINT, sum(2 * nth - 1)::BIGINT, count(*) FILTER (WHERE nth = 1)
FROM steps GROUP BY subject, side, stratum, day
UNION ALL
SELECT subject, side, stratum, epoch_us(start) // 86400000000 AS day, count(*), 0, 0, 0, 0, 0, 0
FROM entered GROUP BY subject, side, stratum, day
"""
"""What each day added to each group: people, then amounts, their squares and new buyers, then orders and the same."""
BEFORE: Final = """
SELECT e.subject, e.side, count(DISTINCT e.customer), coalesce(sum(o.spend), 0)::DOUBLE
FROM entered e JOIN main m ON m.subject = e.subject
LEFT JOIN orders o ON o.customer = e.customer AND NOT o.claimed AND coalesce(o.currency, '') = m.currency
    AND o."time" < e.start AND o."time" >= e.start - to_days($1::INTEGER)
GROUP BY 1, 2
"""
OTHERS: Final = """
WITH who AS (
    SELECT c.customer, count(t.customer) FILTER (WHERE t.campaign = $3) > 0 AS got, count(t.customer) > 0 AS ever
    FROM customers c LEFT JOIN told t ON t.customer = c.customer AND t.source = $2 AND t.name = 'Message Sent'
    WHERE c.kind = 'person' GROUP BY c.customer
), spent AS (
    SELECT w.customer, w.got, w.ever, coalesce(sum(o.spend), 0) AS spend FROM who w
    LEFT JOIN orders o ON o.customer = w.customer AND NOT o.claimed AND coalesce(o.currency, '') = $4
        AND o."time" < make_timestamp($1::BIGINT) AND o."time" >= make_timestamp($1::BIGINT) - to_days($5::INTEGER)
    GROUP BY ALL
)
SELECT count(*) FILTER (WHERE got), coalesce(avg(spend) FILTER (WHERE got), 0)::DOUBLE,
    count(*) FILTER (WHERE NOT got), coalesce(avg(spend) FILTER (WHERE NOT got), 0)::DOUBLE,
    count(*) FILTER (WHERE ever), coalesce(avg(spend) FILTER (WHERE ever), 0)::DOUBLE,
    count(*) FILTER (WHERE NOT ever), coalesce(avg(spend) FILTER (WHERE NOT ever), 0)::DOUBLE
FROM spent
"""
"""What people had spent before a mailing: those it went to and the others; those any went to and those none did."""
STARTS: Final = "SELECT subject, epoch_us(min(start)), epoch_us(max(start)) FROM entered GROUP BY subject"
VISITED: Final = """
SELECT e.subject, count(DISTINCT e.customer) FROM entered e
JOIN events v ON v.customer = e.customer AND v."time" >= e.start AND v."time" < e.start + to_days($1::INTEGER)
    AND (v.kind IN ('page', 'screen') OR v.name IN ('Product Viewed', 'Product List Viewed', 'Cart Viewed'))
WHERE e.side = 'treated' GROUP BY e.subject
"""
