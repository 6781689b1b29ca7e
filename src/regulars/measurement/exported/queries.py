"""The SQL by which decisions and messages are read for the lake."""

from regulars.decisioning.queries import DECISION_COLUMNS
from regulars.lake.queries import CHANGED

_TOLD = (("decisions", "id", "at"), ("outbox", "decision", "changed"), ("touches", "decision", '"last"'))
DECIDED_SINCE = "SELECT " + " OR ".join(
    f"EXISTS (SELECT FROM {table} WHERE {at} > %s AND {at} <= extract(epoch FROM clock_timestamp()) * 1000000)"
    for table, _, at in _TOLD
)
DECIDED_LATELY = tuple(
    f"SELECT {key} FROM {table} t WHERE {at} >= %b AND {CHANGED.format('t')}" for table, key, at in _TOLD
)
DECIDED = "SELECT id FROM decisions UNION SELECT decision FROM outbox UNION SELECT decision FROM contacts"
DECIDED_COUNTS = """
SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM outbox) + (SELECT count(*) FROM contacts)
"""
# Of a bundle that speaks of her by what her id at that time came of: it goes with her, whatever is joined later.
_BUNDLE = """
(SELECT m.bundle FROM issued_ids n JOIN identifiers i ON i.key = n.anchor JOIN members m ON m.identifier = i.key
    JOIN bundles b ON b.key = m.bundle AND b.customer = i.customer WHERE n.customer = {} LIMIT 1)
"""
DECISIONS_OF = f"""
SELECT {_BUNDLE.format("d.customer")}, {", ".join(f"d.{name}" for name in DECISION_COLUMNS)}
FROM decisions d WHERE d.id = ANY(%b::bytea[])
"""
MESSAGES_OF = f"""
SELECT {_BUNDLE.format("coalesce(o.customer, c.customer)")}, k.id, coalesce(o.at, c.at), coalesce(d.simulated, false),
    coalesce(o.channel, c.channel), coalesce(o.message, ''), coalesce(o.variant, ''), coalesce(o.action, c.action),
    coalesce(o.purpose, c.purpose), coalesce(o.topic, ''),
    coalesce(o.state, CASE WHEN c.seen THEN 'shown' ELSE 'offered' END), coalesce(o.why, ''), coalesce(o.changed, c.at),
    coalesce(o.attempts, 0), coalesce(o.doubtful, 0), t.opened, t.opened_by_machine, t.clicked, t.clicked_by_machine,
    t.dismissed
FROM unnest(%b::bytea[]) AS k (id)
LEFT JOIN outbox o ON o.decision = k.id LEFT JOIN contacts c ON c.decision = k.id LEFT JOIN decisions d ON d.id = k.id
CROSS JOIN LATERAL (
    SELECT min("first") FILTER (WHERE what = 'opened' AND machine = '') AS opened,
        min("first") FILTER (WHERE what = 'opened' AND machine <> '') AS opened_by_machine,
        min("first") FILTER (WHERE what = 'clicked' AND machine = '') AS clicked,
        min("first") FILTER (WHERE what = 'clicked' AND machine <> '') AS clicked_by_machine,
        min("first") FILTER (WHERE what = 'dismissed') AS dismissed
    FROM touches WHERE decision = k.id
) AS t
WHERE o.decision IS NOT NULL OR c.decision IS NOT NULL
"""

# What follows is DuckDB's, over the lake's own files.

OF_BUNDLES = "SELECT decision FROM {} AS f SEMI JOIN deciding AS k USING (bundle)"
GONE = "CREATE OR REPLACE TEMP TABLE gone AS SELECT decision FROM {} AS f ANTI JOIN present AS k USING (decision)"
