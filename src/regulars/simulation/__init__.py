"""A generated town whose truth is known."""
