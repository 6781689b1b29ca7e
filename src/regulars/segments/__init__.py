"""Segments: rules over what is known of customers, who is in, and who joined and left."""
