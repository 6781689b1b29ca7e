"""Regulars: signals in, one person, decisions out."""

__version__ = "0.1.0"
