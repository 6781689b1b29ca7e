"""Insight: what is understood of customers, one by one and together, from the lake."""
