"""The shop floor: her visit prepared, and receipts that she claims."""
