"""The HTTP side: tracking API, JSON API, health."""
