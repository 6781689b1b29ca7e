"""Judges: figures about how well Regulars does, against a known truth."""
