"""What the address of the list of customers says: who is wanted, how sorted, from where; and the same written back."""

from decimal import Decimal, InvalidOperation
from typing import Final, cast, get_args
from urllib.parse import urlencode

import msgspec

from regulars.model.money import exponent
from regulars.profiles.listing.find import NO, NOTHING, Place, Sort, Wanted

DAY: Final = 86_400_000_000
LONGEST: Final = 200

KINDS: Final = {
    "person": "People", "anonymous": "Visitors", "shared": "Used by several", "all": "All",
}  # fmt: skip
SEEN: Final = {
    "1": "within a day", "7": "within 7 days", "30": "within 30 days", "90": "within 90 days", "365": "within a year",
    "-30": "not for 30 days", "-90": "not for 90 days", "-365": "not for a year",
}  # fmt: skip
ORDERS: Final = {"0": "none", "1": "1 or more", "2": "2 or more", "5": "5 or more", "10": "10 or more"}
CONSENTS: Final = {
    "email": "yes, by e-mail", "sms": "yes, by text message", "phone": "yes, by phone", "push": "yes, on the device",
    NO: "said no", NOTHING: "said nothing",
}  # fmt: skip
REFUSALS: Final = {"-email": "e-mail", "-sms": "text messages", "-phone": "phone calls", "-push": "push messages"}
CARTS: Final = {"yes": "yes", "no": "no"}
STAGES: Final = {
    "new": "new", "active": "active", "slipping": "slipping", "lapsed": "lapsed", "won back": "won back",
}  # fmt: skip
WAYS: Final = {"store": "only in stores", "online": "only elsewhere", "both": "both ways"}
REGULAR: Final = {"yes": "on 3 days or more", "no": "on 2 days at most"}
ORIGINS: Final = {"real": "real", "example": "example data"}
SORTS: Final[dict[str, str]] = {
    "seen": "Last seen", "since": "Newest customers", "spend": "Most spent", "orders": "Most orders", "name": "Name",
}  # fmt: skip
LABELS: Final = {
    "q": "Search", "kind": "Who", "channel": "Channel", "store": "Store", "seen": "Last seen",
    "spend_from": "Spent at least", "spend_to": "Spent at most", "orders": "Orders", "consent": "May be written to",
    "cart": "Open cart", "stage": "Stage of life", "regular": "Bought", "ways": "Buys", "origin": "Data",
}  # fmt: skip
CHOICES: Final = {
    "kind": KINDS, "seen": SEEN, "orders": ORDERS, "consent": CONSENTS, "cart": CARTS, "origin": ORIGINS,
    "stage": STAGES, "ways": WAYS, "regular": REGULAR,
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """The address of a list, word for word; what nobody can mean is ''."""

    q: str = ""
    kind: str = ""
    channel: str = ""
    store: str = ""
    seen: str = ""
    spend_from: str = ""
    spend_to: str = ""
    orders: str = ""
    consent: str = ""
    cart: str = ""
    origin: str = ""
    stage: str = ""
    ways: str = ""
    regular: str = ""
    sort: str = ""
    up: str = ""
    after: str = ""

    @property
    def by(self) -> Sort:
        """What the list is sorted by."""
        return cast(Sort, self.sort or "seen")

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list, but for what was typed."""
        return {name: value for name in LABELS if name != "q" and (value := getattr(self, name))}

    def address(self, path: str = "/customers", **changed: str) -> str:
        """The address of this list, with some of it changed; a change other than of `after` goes to the first page."""
        said = {"after": "", **changed}
        values = {name: said.get(name, getattr(self, name)) for name in self.__struct_fields__}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path

    def sorted(self, sort: str) -> str:
        """The address of this list sorted so; the other way round where it is already."""
        up = "" if self.by != sort or self.up else "1"
        return self.address(sort="" if sort == "seen" else sort, up=up)

    def place(self) -> Place | None:
        """Where the page begins; None for the first, and for what no page says."""
        value, tilde, id = self.after.rpartition("~")
        try:
            key = bytes.fromhex(id)
            if not tilde or len(key) != 16:
                return None
            return Place(value if self.by == "name" else _int(value), key)
        except ValueError:
            return None


def asked(query: dict[str, str]) -> Asked:
    """What an address asks for; what it says that nobody can mean is left out."""
    said = {name: _clean(query.get(name, "")) for name in Asked.__struct_fields__}
    for name, choices in CHOICES.items():
        said[name] = said[name] if said[name] in choices else ""
    said["sort"] = said["sort"] if said["sort"] in get_args(Sort) and said["sort"] != "seen" else ""
    said["up"] = "1" if said["up"] else ""
    for name in ("spend_from", "spend_to"):
        said[name] = "" if _amount(said[name], 2) is None else said[name]
    return Asked(**said)


def wanted(asked: Asked, now: int, currency: str) -> Wanted:
    """Who is in the list at this moment (microseconds since 1970 UTC)."""
    digits = exponent(currency)
    days = int(asked.seen or "0")
    kind = asked.kind or ("all" if asked.q else "person")
    return Wanted(
        text=asked.q,
        kind="" if kind == "all" else kind,
        channel=asked.channel,
        store=asked.store,
        seen_since=now - days * DAY if days > 0 else None,
        seen_before=now + days * DAY if days < 0 else None,
        spend_from=_amount(asked.spend_from, digits),
        spend_to=_amount(asked.spend_to, digits),
        orders_from=int(asked.orders) if asked.orders and asked.orders != "0" else None,
        orders_to=0 if asked.orders == "0" else None,
        consent=asked.consent,
        cart={"yes": True, "no": False}.get(asked.cart),
        simulated={"example": True, "real": False}.get(asked.origin),
        stage=asked.stage,
        ways=asked.ways,
        regular={"yes": True, "no": False}.get(asked.regular),
    )


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST]


def _amount(text: str, digits: int) -> int | None:
    """An amount as somebody types it, in minor units; None for what is none."""
    try:
        value = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return int(value.scaleb(digits)) if value.is_finite() and abs(value) < 10**12 else None


def _int(text: str) -> int:
    value = int(text)
    if abs(value) >= 2**62:
        raise ValueError(text)
    return value
