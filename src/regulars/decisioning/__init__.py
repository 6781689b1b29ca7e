"""What to do for a customer, or leave undone: actions, contact policy, arbitration, ledger, journeys, campaigns."""
