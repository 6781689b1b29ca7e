"""Rendering: one message, said once, as each channel needs it."""
