"""Decisions and messages as the lake keeps them."""
