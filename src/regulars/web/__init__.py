"""The HTTP side: pages, tracking API, JSON API, health."""
