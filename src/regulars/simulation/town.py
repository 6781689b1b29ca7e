"""Who lives in the town: households, persons, and what is truly theirs, each derivable from its number alone."""

from array import array
from random import Random

import msgspec

from regulars.simulation import names
from regulars.simulation.rates import Rates

_SIZES = (1, 2, 3, 4, 5)
_WEIGHTS = (40, 34, 15, 8, 3)


class Person(msgspec.Struct, frozen=True):
    """One person of the town; an empty `user_id`, `loyalty_id` or `app_device` means that she has none."""

    number: int
    household: int
    first: str
    last: str
    emails: tuple[str, ...]
    mobile: str
    user_id: str
    loyalty_id: str
    payment_token: str
    app_device: str
    store: int
    reads_mail: bool

    @property
    def name(self) -> str:
        """What the truth calls her."""
        return f"p{self.number:07d}"


class Household(msgspec.Struct, frozen=True):
    """Persons under one roof and what they share; empty strings for what they do not have."""

    number: int
    persons: tuple[Person, ...]
    landline: str
    tablet_cookie: str
    tablet_device: str
    payment_token: str

    @property
    def name(self) -> str:
        """What the truth calls it."""
        return f"h{self.number:07d}"


def uuid(rng: Random) -> str:
    """A random UUID-shaped string."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def token(rng: Random) -> str:
    """A payment provider's token: letters only, so that nothing takes it for a card number."""
    return "tok_" + "".join(rng.choices("abcdefghjkmnpqrstvwxyz", k=16))


class Town:
    """`customers` persons in households; holds two small numbers a person and builds the rest when asked.

    `busy` is 1 where a year of ordinary activity is to be lived; it scales every number of episodes.
    """

    def __init__(self, customers: int, seed: int, rates: Rates, busy: float = 1.0) -> None:
        self.customers = customers
        self.seed = seed
        self.rates = rates
        self.busy = busy
        self.stores = max(2, customers // 600)
        # About 1.2 receipts a customer and year at these stores; each gift card then comes into some three hands.
        self.gift_cards = max(1, round(customers / self.stores * 1.2 * busy * rates.gift_card / 3))
        rng = self.rng("town")
        self._key = rng.getrandbits(64) << 4
        self._start = array("L")
        self._home = array("L")
        while len(self._home) < customers:
            size = min(rng.choices(_SIZES, _WEIGHTS)[0], customers - len(self._home))
            self._home.extend([len(self._start)] * size)
            self._start.append(len(self._home) - size)

    @property
    def households(self) -> int:
        """How many households there are."""
        return len(self._start)

    def rng(self, label: str, number: int = 0) -> Random:
        """A stream of chance of its own for each label and number, so that no part disturbs another."""
        return Random(f"{self.seed}:{label}:{number}")

    def household(self, number: int) -> Household:
        """The household of that number, the same at every call."""
        rng = self.rng("household", number)
        first = self._start[number]
        last = self._start[number + 1] if number + 1 < len(self._start) else self.customers
        surname = rng.choice(names.LAST)
        several = last - first > 1
        landline = several and rng.random() < self.rates.landline
        tablet = several and rng.random() < self.rates.tablet
        shared = several and rng.random() < self.rates.shared_payment
        return Household(
            number=number,
            persons=tuple(self._person(n, number, surname) for n in range(first, last)),
            landline=names.landline(number, self._key) if landline else "",
            tablet_cookie=uuid(rng) if tablet else "",
            tablet_device=uuid(rng) if tablet else "",
            payment_token=token(rng) if shared else "",
        )

    def person(self, number: int) -> Person:
        """Any person by her number."""
        home = self._home[number]
        return self.household(home).persons[number - self._start[home]]

    def stranger(self, rng: Random, household: int) -> Person | None:
        """Somebody from another household; None where the town has but one."""
        if self.households < 2:
            return None
        while True:
            number = rng.randrange(self.customers)
            if self._home[number] != household:
                return self.person(number)

    def _person(self, number: int, household: int, surname: str) -> Person:
        rng = self.rng("person", number)
        rates, key = self.rates, self._key
        first = rng.choice(names.FIRST)
        last = surname if rng.random() < 0.75 else rng.choice(names.LAST)
        account = rng.random() < rates.accounts
        card = rng.random() < rates.cards
        styles = 2 if rng.random() < rates.second_email else 1
        app = rng.random() < (0.45 if account else 0.06)
        return Person(
            number=number,
            household=household,
            first=first,
            last=last,
            emails=tuple(names.email(first, last, number, key, style) for style in range(styles)),
            mobile=names.mobile(number, key),
            user_id=names.user_id(number, key) if account else "",
            loyalty_id=names.loyalty_id(number, key) if card else "",
            payment_token=token(rng),
            app_device=uuid(rng) if app else "",
            store=rng.randrange(self.stores),
            reads_mail=rng.random() < 0.5,
        )
