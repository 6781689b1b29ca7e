"""The published figures that visits are calibrated on, and what follows from them.

Source of the first five: Sakar, Polat, Katircioglu and Kastro (2019), "Real-time prediction of online shoppers'
purchasing intention", the data set of 12,330 sessions of one shop in a year. Carts: Baymard Institute's mean over 49
published studies, 70.2 % of carts left behind.
"""

from itertools import pairwise

CONVERSION = 0.155
"""Share of all sessions that end in an order."""
CONVERSION_NEW = 0.249
"""The same of new visitors' sessions."""
CONVERSION_RETURNING = 0.139
"""The same of returning visitors' sessions."""
MEDIAN_PAGES = 18
"""Product pages of a session, in the middle."""
MEDIAN_MINUTES = 10.0
"""Minutes that a session lasts, in the middle."""
CARTS_LEFT = 0.702
"""Share of the sessions with something put in the cart that end without an order."""

NEW_SHARE = (CONVERSION - CONVERSION_RETURNING) / (CONVERSION_NEW - CONVERSION_RETURNING)
"""Share of sessions by new visitors, as the three conversions imply it."""
NEW_IF_BOUGHT = NEW_SHARE * CONVERSION_NEW / CONVERSION
NEW_IF_NOT = NEW_SHARE * (1 - CONVERSION_NEW) / (1 - CONVERSION)
"""Share of new visitors among the sessions with and without an order (Bayes)."""
CART_IF_NOT = CONVERSION * CARTS_LEFT / (1 - CARTS_LEFT) / (1 - CONVERSION)
"""Share of the sessions without an order in which something is put in the cart."""
LOOKS_PER_ORDER = (1 - CONVERSION) / CONVERSION
"""Sessions without an order for each session with one."""


def _between(points: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """A hundred values, each as likely, on straight lines between (percentile, value)."""
    values = []
    for (low, first), (high, last) in pairwise(points):
        values += [first + (2 * (last - first) * step + high - low) // (2 * (high - low)) for step in range(high - low)]
    return tuple(values)


PAGES = _between(((0, 1), (25, 7), (50, 18), (75, 38), (90, 74), (99, 180), (100, 260)))
"""Product pages of a session; quartiles and tail as in the same data set."""
DWELL = _between(((0, 4), (5, 7), (25, 17), (50, 30), (75, 51), (95, 116), (100, 190)))
"""Seconds spent on a product page, on average over a session."""
