"""The SQL of slots: whose a cookie is, and whether what was decided has been put away."""

from typing import Final

VISITOR: Final = """
SELECT i.customer, (SELECT count(*) FROM identifiers o WHERE o.customer = i.customer)
FROM identifiers i WHERE i.type = 'anonymous_id' AND i.space = %b AND i.value = %b AND i.customer IS NOT NULL
"""
"""The record that a cookie belongs to, and by how many identifiers that is known."""
PUT_AWAY: Final = """
SELECT EXISTS (SELECT FROM touches WHERE decision = %b AND what IN ('dismissed', 'clicked') AND machine = '')
"""
