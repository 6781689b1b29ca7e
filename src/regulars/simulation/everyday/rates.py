"""How often people of the town do what, in one place; shares between 0 and 1, and times a year where it says so."""

import msgspec


class Rates(msgspec.Struct, frozen=True):
    """Choices of ours where `targets` knows no published figure; the comment beside each says of what it is a share."""

    visits: float = 8.5  # web and app visits of one person a year, campaigns aside
    receipts: float = 4.0  # store purchases of one person a year
    accounts: float = 0.60  # persons
    cards: float = 0.60  # persons
    apps: float = 0.40  # account holders
    second_email: float = 0.10  # persons
    consents: float = 0.65  # persons who leave an address
    newcomers: float = 0.15  # persons; they come during the days that are simulated
    referred: float = 0.30  # newcomers
    card_in_account: float = 0.75  # persons with account and card
    app_visits: float = 0.35  # visits by persons with the app
    signed_in: float = 0.75  # account holders' visits as returning visitors
    signed_in_new: float = 0.45  # account holders' visits with a new cookie
    wish: float = 0.06  # visits
    checkout_left: float = 0.35  # carts left behind
    cart_resumed: float = 0.50  # carts left behind, at the next order
    after_look: float = 0.07  # visits without an order, followed by a store purchase of what was seen
    collect: float = 0.20  # online orders
    delayed: float = 0.08  # orders that are shipped
    returned: float = 0.12  # online orders
    returned_store: float = 0.04  # receipts with a card
    gift_hidden: float = 0.40  # gifts that show no sign of being one
    coupon: float = 0.08  # online orders without another coupon
    complaint: float = 0.012  # orders
    complaint_delayed: float = 0.25  # delayed orders
    settled_well: float = 0.60  # complaints
    enters: float = 0.50  # store visits by persons with the app
    tried_on: float = 0.08  # store purchases with a card
    reviewed: float = 0.04  # online orders that arrived
    control: float = 0.20  # persons a campaign could reach
    opened: float = 0.35  # messages delivered
    campaign_coupon: float = 0.50  # orders that a campaign moved
