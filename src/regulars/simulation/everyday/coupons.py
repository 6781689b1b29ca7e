"""Coupons: where one comes from, and what it takes off an order."""

from regulars.simulation.everyday.life import Life

WELCOME, FRIEND, SORRY, NEWS = "WELCOME10", "FRIEND15", "SORRY20", "NEWS5"
PERCENT = {WELCOME: 10, FRIEND: 15, SORRY: 20, NEWS: 5}
"""What each takes off, in hundredths; a campaign's own coupon takes off ten."""


def used(life: Life, value: int, time: int, campaign: str) -> tuple[str, int]:
    """The coupon of an order of this value and what it takes off, in minor units; ('', 0) without one."""
    coupon = _chosen(life, time, campaign)
    return (coupon, value * PERCENT.get(coupon, 10) // 100) if coupon else ("", 0)


def _chosen(life: Life, time: int, campaign: str) -> str:
    held = [since for since in life.coupons if since[0] <= time]
    if held:
        life.coupons.remove(held[0])
        return held[0][1]
    if campaign:
        return campaign if life.rng.hit(life.rates.campaign_coupon) else ""
    return NEWS if life.rng.hit(life.rates.coupon) else ""
