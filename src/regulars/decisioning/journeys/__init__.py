"""Journeys: what begins when something happened, step by step, and ends when it is no longer wanted."""
