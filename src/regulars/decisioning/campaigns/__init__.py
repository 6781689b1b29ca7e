"""Campaigns: one message to a segment, once."""
