"""One person while her days pass: what she uses, what lies in her cart, and in what mood she is."""

from bisect import insort
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

from regulars.simulation.everyday.call import Voice, encode, voice
from regulars.simulation.everyday.chance import Chance, mark, stream
from regulars.simulation.everyday.desk import Desk
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.people import Household, Person
from regulars.simulation.everyday.world import World

Episode: TypeAlias = "Callable[[Life, int], object]"
"""What she does at a time."""

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36",
)
REMEMBERED = 40
"""How many products she remembers to have seen."""


class Life:
    """A person with her stream of chance, the world around her and the desk that takes her calls."""

    def __init__(self, world: World, household: Household, person: Person, desk: Desk) -> None:
        self.world = world
        self.rates = world.rates
        self.household = household
        self.person = person
        self.desk = desk
        self.rng: Chance = stream(world.root, "life", person.number)
        self.agent = self.rng.pick(_AGENTS)
        self.cookies: list[str] = []
        self.app_cookie = mark(world.root, "app", person.number)
        self.cart: dict[str, int] = {}
        self.seen: list[Product] = []
        self.moods: list[tuple[int, float]] = []
        self.coupons: list[tuple[int, str]] = []
        self.mail_until = world.end if person.consents else 0
        self._plan: list[tuple[int, int, Episode]] = []
        self._planned = 0
        self._names: dict[str, int] = {}

    @property
    def since(self) -> int:
        """When she begins to be there: the first moment of all, or when she came to town."""
        return max(self.world.start, self.person.joined)

    def name(self, kind: str) -> str:
        """A fresh name for a thing of hers, such as an order: the same at every run."""
        number = self._names.get(kind, 0)
        self._names[kind] = number + 1
        return mark(self.world.root, kind, self.person.number, number)

    def number(self, kind: str) -> str:
        """The same as a number of ten digits, as shops give them."""
        return f"{int.from_bytes(self.name(kind).encode()[:8]) % 9_000_000_000 + 1_000_000_000}"

    def plan(self, time: int, episode: Episode) -> None:
        """She will do this at that time."""
        self._planned += 1
        heappush(self._plan, (time, self._planned, episode))

    def live(self) -> None:
        """Do all that is planned, in the order of time, until the end."""
        while self._plan:
            time, _, episode = heappop(self._plan)
            if time < self.world.end:
                episode(self, time)

    def feels(self, since: int, factor: float) -> None:
        """From then on she comes more or less gladly."""
        insort(self.moods, (since, factor))

    def mood(self, time: int) -> float:
        """How gladly she comes at that time, 1 as a rule."""
        return next((factor for since, factor in reversed(self.moods) if since <= time), 1.0)

    def cookie(self, new: bool) -> str:
        """The anonymous id of her browser, a fresh one where the browser does not know her any more."""
        if new or not self.cookies:
            self.cookies.append(self.name("cookie"))
        return self.cookies[-1]

    def size(self, product: Product) -> str:
        """The size of it that she takes; '' where it has none."""
        if not product.sizes:
            return ""
        return self.person.size if self.person.size in product.sizes else self.rng.pick(product.sizes)

    def email(self) -> str:
        """An address of hers, sometimes the second."""
        emails = self.person.emails
        return emails[1] if len(emails) > 1 and self.rng.hit(0.3) else emails[0]

    def account(self) -> Voice:
        """The shop's server, speaking of her account, or of her address where she has none."""
        return voice("shop", self.person.user_id, email=self.person.emails[0])

    def say(
        self, who: Voice, name: str, time: int, properties: dict[str, Any] | bytes = b"", session: str = ""
    ) -> bool:
        """One track call; whether it came before the end of the days that are simulated."""
        body = properties if isinstance(properties, bytes) else encode(properties)
        return self.desk.say(self.person, self.rng, who, "track", name, time, body, session=session)

    def identify(self, who: Voice, time: int, traits: dict[str, Any], session: str = "") -> None:
        """One identify call."""
        body = encode({"firstName": self.person.first, "lastName": self.person.last, **traits})
        self.desk.say(self.person, self.rng, who, "identify", "", time, traits=body, session=session)

    def remember(self, product: Product) -> None:
        """She has seen a product."""
        self.seen.append(product)
        if len(self.seen) > REMEMBERED:
            del self.seen[0]

    def count(self, name: str, number: int = 1) -> None:
        """Count something for the page of numbers."""
        self.desk.tally.add(name, number)
