"""How often each difficulty of the hard town occurs, in one place."""

import msgspec


class Rates(msgspec.Struct, frozen=True):
    """Shares between 0 and 1; the comment beside each says of what it is a share.

    `spouse_card` and `partner_email` are shares of the occasions on which there is somebody to borrow from.
    """

    accounts: float = 0.55  # persons
    cards: float = 0.60  # persons
    second_email: float = 0.15  # persons
    landline: float = 0.05  # households of two or more
    cookie_renewed: float = 0.15  # visits with one's own browser
    kiosk: float = 0.01  # visits
    tablet: float = 0.45  # households of two or more
    tablet_visits: float = 0.12  # visits by members of a household with a tablet
    tablet_app: float = 0.20  # app use by members of a household with a tablet
    shared_payment: float = 0.15  # households of two or more
    spouse_card: float = 0.08  # till receipts in households where another member has a card
    partner_email: float = 0.04  # online orders in households of two or more (then placed as a guest)
    email_typo: float = 0.01  # online orders
    recipient_phone: float = 0.04  # online orders
    guest: float = 0.30  # online orders of account holders (without an account all are guests)
    gift_card: float = 0.015  # till receipts
    forwarded: float = 0.01  # newsletter clicks
    junk: float = 0.006  # events with an identifier
    late: float = 0.02  # events; received an hour to thirty days after they happened
    out_of_order: float = 0.05  # events; received a minute to six hours after they happened
    duplicate: float = 0.02  # events; sent a second time with the same message id and content
