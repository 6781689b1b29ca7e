"""One person's state while her days pass: her browser's cookie, her devices, and what she types."""

from random import Random
from typing import Any

import msgspec

from regulars.simulation.desk import Call, Desk, Ids
from regulars.simulation.report import Tally
from regulars.simulation.town import Household, Person, Town, uuid

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36",
)
_TABLET_AGENT = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"
_KIOSK_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


class Device(msgspec.Struct, frozen=True):
    """What a visit is made with: the ids it shows and its user agent."""

    ids: Ids
    agent: str


class Life:
    """A person with her stream of chance, her household around her and the desk that takes her calls."""

    def __init__(self, town: Town, household: Household, person: Person, desk: Desk, tally: Tally) -> None:
        self.town = town
        self.rates = town.rates
        self.household = household
        self.person = person
        self.rng: Random = town.rng("life", person.number)
        self.others = tuple(other for other in household.persons if other is not person)
        self._desk = desk
        self._tally = tally
        self._agent = self.rng.choice(_AGENTS)
        self.cookies = [uuid(self.rng)]

    def chance(self, probability: float) -> bool:
        """A coin of hers."""
        return self.rng.random() < probability

    def happens(self, rate: str) -> bool:
        """One occasion of a rate by its name in `Rates`: decided, and counted in the report."""
        return self.note(rate, self.chance(getattr(self.rates, rate)))

    def note(self, rate: str, happened: bool) -> bool:
        """Count one occasion of a rate that was decided elsewhere, and hand back whether it happened."""
        return self._tally.note(rate, happened)

    def send(self, call: Call) -> None:
        """Send one call of hers."""
        self._desk.send(self.person, self.household.name, self.rng, call)

    def call(self, source: str, name: str, ids: Ids, time: int, properties: dict[str, Any]) -> None:
        """Send a track call from a server."""
        self.send(Call(source=source, kind="track", name=name, ids=ids, time=time, properties=properties))

    def identify(self, source: str, ids: Ids, time: int) -> None:
        """Send an identify call from a server, with the traits of her account."""
        self.send(Call(source=source, kind="identify", name="", ids=ids, time=time, traits=self.account()))

    def own_browser(self) -> Device:
        """Her browser, or the family's tablet; some cookies are new."""
        if self.household.tablet_cookie and self.happens("tablet_visits"):
            return Device(Ids(anonymous_id=self.household.tablet_cookie), _TABLET_AGENT)
        if self.happens("cookie_renewed"):
            self.cookies.append(uuid(self.rng))
        return Device(Ids(anonymous_id=self.cookies[-1]), self._agent)

    def kiosk(self) -> Device:
        """The kiosk of her store, which shows the same anonymous id for everybody."""
        return Device(Ids(anonymous_id=uuid(self.town.rng("kiosk", self.person.store))), _KIOSK_AGENT)

    def app(self) -> Device:
        """The app on her telephone, or on the family's tablet."""
        home = self.household
        if home.tablet_device and self.happens("tablet_app"):
            return Device(Ids(device_id=home.tablet_device), _TABLET_AGENT)
        return Device(Ids(device_id=self.person.app_device), self._agent)

    def email(self) -> str:
        """An address of hers, sometimes the second, as she types it."""
        emails = self.person.emails
        return emails[1] if len(emails) > 1 and self.chance(0.3) else emails[0]

    def phone(self) -> str:
        """Her mobile, or the household's landline where it has one."""
        if self.household.landline and self.chance(0.5):
            return self.household.landline
        return self.person.mobile

    def spaced(self, phone: str) -> str:
        """A number as people write it; the country is always there."""
        style = self.rng.random()
        if style < 0.6:
            return phone
        separator = " " if style < 0.9 else "-"
        return separator.join((phone[:4], phone[4:7], phone[7:10], phone[10:]))

    def typed(self, email: str) -> str:
        """An address as people type it: here and there with capitals."""
        return email.title() if self.chance(0.05) else email

    def account(self) -> dict[str, Any]:
        """The traits that her account shows."""
        return {"first_name": self.person.first, "last_name": self.person.last}
