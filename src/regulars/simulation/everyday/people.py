"""Who lives in the town: households with an address, persons with what is theirs, each derivable from her number."""

from collections.abc import Iterator, Sequence

import msgspec

from regulars.simulation import names
from regulars.simulation.everyday.chance import Chance, mark, stream
from regulars.simulation.everyday.rates import Rates

SEATS = 8
"""Numbers that a household has for its persons."""
SIZES = (40, 74, 89, 97, 100)  # households of 1, 2, … persons in a hundred, added up
SPEND = (5, 10, 20, 30, 40, 50, 60, 80, 90, 110, 130, 160, 190, 230, 300, 400)
"""How busy persons are beside each other: a sixteenth of them each."""
STREETS = (
    "Ahornweg", "Am Markt", "Birkenallee", "Brunnengasse", "Dolni", "Gartenstrasse", "Horni", "Kirchplatz",
    "Lindenstrasse", "Luzni", "Muehlweg", "Nadrazni", "Obere Gasse", "Polni", "Schulstrasse", "Zahradni",
)  # fmt: skip
CITIES = (("Lindenhof", "10100"), ("Altmarkt", "10400"), ("Weidenau", "12300"), ("Brunnthal", "14700"))


class Card(msgspec.Struct, frozen=True):
    """A loyalty card that receipts are already there for: its number, first receipt (ms), usual store."""

    number: str
    first: int
    store: int


def home(household: int) -> str:
    """What the truth calls a household."""
    return f"h{household:07d}"


class Person(msgspec.Struct, frozen=True):
    """One person; an empty `user_id`, `loyalty_id` or `device_id` means that she has none.

    `tastes` are two categories by number; `joined` is 0 for who was there before the first day; `referrer` is the
    number of who brought her, else -1; `online` and `offline` say how busy she is, 1 on average.
    """

    number: int
    household: int
    first: str
    last: str
    emails: tuple[str, ...]
    mobile: str
    user_id: str
    loyalty_id: str
    linked: bool
    payment_token: str
    device_id: str
    store: int
    consents: bool
    tastes: tuple[int, int]
    size: str
    joined: int
    referrer: int
    online: float
    offline: float

    @property
    def name(self) -> str:
        """What the truth calls her."""
        return f"p{self.number:07d}"


class Household(msgspec.Struct, frozen=True):
    """Persons under one roof, and where it stands."""

    number: int
    street: str
    city: str
    postcode: str
    persons: tuple[Person, ...]

    @property
    def name(self) -> str:
        """What the truth calls it."""
        return home(self.number)

    @property
    def address(self) -> dict[str, str]:
        """The address as the Segment spec writes it."""
        return {"street": self.street, "city": self.city, "postalCode": self.postcode, "country": "CZ"}


class People:
    """`customers` persons in households; or, with `cards`, a household around each card, its holder the first of it."""

    def __init__(
        self,
        customers: int,
        root: str,
        days: tuple[int, int],
        categories: int,
        stores: int,
        rates: Rates,
        cards: Sequence[Card] = (),
    ) -> None:
        self.root = root
        self._days = days
        self._categories = categories
        self._stores = stores
        self._rates = rates
        self._cards = cards
        self._key = stream(root, "people").getrandbits(60) << 4
        self.sizes = self._draw_sizes(customers)

    def households(self) -> Iterator[Household]:
        """All of them, in the order of their numbers."""
        return (self.household(number) for number in range(len(self.sizes)))

    def household(self, number: int) -> Household:
        """The household of that number, the same at every call."""
        rng = stream(self.root, "household", number)
        surname = rng.pick(names.LAST)
        city, postcode = rng.pick(CITIES)
        street = f"{rng.pick(STREETS)} {rng.between(1, 90)}"
        card = self._cards[number] if self._cards else None
        persons = (self._person(number, seat, surname, card) for seat in range(self.sizes[number]))
        return Household(number, street, city, postcode, tuple(persons))

    def person(self, number: int) -> Person:
        """Any person by her number."""
        home, seat = divmod(number, SEATS)
        return self.household(home).persons[seat]

    def other_than(self, rng: Chance, household: int) -> int:
        """The number of the first person of another household; -1 where there is but one household."""
        if len(self.sizes) < 2:
            return -1
        number = rng.below(len(self.sizes) - 1)
        return (number + (number >= household)) * SEATS

    def friend(self, household: int, which: int) -> Household | None:
        """A household that this one is friends with, always the same by `which`; None where there is but one."""
        number = self.other_than(stream(self.root, f"friend {which}", household), household)
        return self.household(number // SEATS) if number >= 0 else None

    def _draw_sizes(self, customers: int) -> list[int]:
        rng, sizes, left = stream(self.root, "sizes"), list[int](), customers
        while len(sizes) < len(self._cards) if self._cards else left > 0:
            size = 1 + rng.drawn(SIZES)
            sizes.append(size if self._cards else min(size, left))
            left -= sizes[-1]
        return sizes

    def _person(self, household: int, seat: int, surname: str, card: Card | None) -> Person:
        number = household * SEATS + seat
        rng, rates, key = stream(self.root, "person", number), self._rates, self._key
        first, last = rng.pick(names.FIRST), surname if rng.hit(0.8) else rng.pick(names.LAST)
        account, carded, app = rng.hit(rates.accounts), rng.hit(rates.cards), rng.hit(rates.apps)
        styles = 2 if rng.hit(rates.second_email) else 1
        joined, referrer = self._arrival(rng, household)
        loyalty_id = names.loyalty_id(number, key) if carded and not self._cards else ""
        if card is not None and seat == 0:
            loyalty_id, account, joined, referrer = card.number, account or rng.hit(0.5), 0, -1
        return Person(
            number=number,
            household=household,
            first=first,
            last=last,
            emails=tuple(names.email(first, last, number, key, style) for style in range(styles)),
            mobile=names.mobile(number, key),
            user_id=names.user_id(number, key) if account else "",
            loyalty_id=loyalty_id,
            linked=bool(account and loyalty_id) and rng.hit(rates.card_in_account),
            payment_token="tok_" + mark(self.root, "token", number)[:16],
            device_id=mark(self.root, "device", number) if account and app else "",
            store=card.store if card else rng.below(self._stores),
            consents=rng.hit(rates.consents),
            tastes=(rng.below(self._categories), rng.below(self._categories)),
            size=rng.pick(("XS", "S", "S", "M", "M", "M", "L", "L", "XL")),
            joined=joined,
            referrer=referrer,
            online=rng.pick(SPEND) * len(SPEND) / sum(SPEND),
            offline=rng.pick(SPEND) * len(SPEND) / sum(SPEND),
        )

    def _arrival(self, rng: Chance, household: int) -> tuple[int, int]:
        """When she came to town (0: before the first day), and by whose word."""
        newcomer, when = rng.hit(self._rates.newcomers), rng.between(*self._days)
        referred = rng.hit(self._rates.referred)
        referrer = self.other_than(rng, household)
        if not newcomer:
            return 0, -1
        return when, referrer if referred else -1
