"""What is known of a customer: fragments that merge, orders, interactions, consents, the view."""
