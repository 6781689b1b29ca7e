"""What to do for a customer, or to leave undone: actions, contact policy, arbitration, the ledger, journeys, campaigns."""
