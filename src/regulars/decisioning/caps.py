"""How much is enough: caps by calendar days where the customer is, distance, and what pressure costs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from regulars.consent.quiet import quiet_until
from regulars.model.contact import DAY, FULL, HOUR, REACH, TOTAL, Cap, ContactPolicy
from regulars.model.decision import Contact, Known

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Budget:
    """What one customer may still get at a moment; each question is answered once and then known.

    Answers are `(code, detail, again)`: '' where nothing stands against it, else what does, in a few words, and from
    when on it no longer will, in microseconds since 1970 UTC (0: that cannot be told).
    """

    def __init__(self, known: Known, policy: ContactPolicy, zone: str, at: int) -> None:
        self._policy, self._at, self._zone = policy, at, known.zone or zone
        self._less = known.less_often
        self._service = [each for each in known.contacts if each.service]
        self._other = [each for each in known.contacts if not each.service]
        self._found: dict[tuple[str, bool], tuple[str, str, int]] = {}
        self._pressures: dict[str, float] = {}
        self._today = day_of(at, self._zone)
        self._by_action: dict[str, list[Contact]] = defaultdict(list)
        for each in known.contacts:
            self._by_action[each.action].append(each)

    def room(self, channel: str, service: bool) -> tuple[str, str, int]:
        """Whether one more contact by a channel fits: caps of the channel and in total, distance, quiet hours."""
        key = channel, service
        if key not in self._found:
            self._found[key] = self._room(channel, service)
        return self._found[key]

    def own(self, action: str, cap: Cap) -> tuple[str, str, int]:
        """Whether one more of an action fits its own cap."""
        mine = self._by_action.get(action)
        if not mine and cap.most:
            return "", "", 0
        again = self._full(mine or (), cap, False, FULL)
        return ("", "", 0) if again is None else ("action_cap", str(cap), again)

    def pressure(self, channel: str) -> float:
        """What one more contact by a channel costs, in minor units."""
        found = self._pressures.get(channel)
        if found is None:
            half = self._policy.pressure_days * DAY
            ages = ((self._weight(each.channel), max(0, self._at - each.at)) for each in self._other)
            burden = sum(weight / FULL * 2 ** (-age / half) for weight, age in ages)
            found = self._pressures[channel] = self._policy.pressure * self._weight(channel) / FULL * burden
        return found

    def _room(self, channel: str, service: bool) -> tuple[str, str, int]:
        policy = self._policy
        caps, contacts = (policy.service, self._service) if service else (policy.caps, self._other)
        by_channel = [each for each in contacts if each.channel == channel]
        found = [
            *self._over(contacts, caps.get(TOTAL, ()), True, self._weight(channel), TOTAL),
            *self._over(by_channel, caps.get(channel, ()), False, FULL, channel),
        ]
        reaching = channel in policy.reaching and not service
        if found:
            again = 0 if any(time == 0 for _, time in found) else max(time for _, time in found)
            return "capped", ", ".join(detail for detail, _ in found), self._awake(again, reaching)
        if not reaching:
            return "", "", 0
        distance = policy.hours_between * HOUR
        near = [each.at for each in contacts if each.channel in policy.reaching and abs(self._at - each.at) < distance]
        if near:
            return "too_soon", f"{policy.hours_between} h", self._awake(max(near) + distance, True)
        until = quiet_until(self._at, policy.quiet_from, policy.quiet_to, self._zone)
        return ("quiet_hours", "", until) if until else ("", "", 0)

    def _over(
        self, contacts: Sequence[Contact], caps: Iterable[Cap], weighed: bool, next_: int, name: str
    ) -> list[tuple[str, int]]:
        found = []
        for cap in caps:
            again = self._full(contacts, cap, weighed, next_)
            if again is not None:
                found.append((f"{name} {cap}", again))
        return found

    def _full(self, contacts: Sequence[Contact], cap: Cap, weighed: bool, next_: int) -> int | None:
        """None while there is room; else when there will be, 0 for never. `contacts` are in order of time."""
        most, days = self._halved(cap)
        begin = midnight(self._today - days + 1, self._zone)
        within = [each for each in contacts if each.at >= begin]
        full = most * FULL
        used = sum(self._weight(each.channel) if weighed else FULL for each in within)
        if used + next_ <= full:
            return None
        for each in within:
            used -= self._weight(each.channel) if weighed else FULL
            if used + next_ <= full:
                return midnight(day_of(each.at, self._zone) + days, self._zone)
        return 0

    def _halved(self, cap: Cap) -> tuple[int, int]:
        if not self._less:
            return cap.most, cap.days
        return (cap.most, cap.days * 2) if cap.days * 2 * DAY <= REACH else (cap.most // 2, cap.days)

    def _weight(self, channel: str) -> int:
        return self._policy.weights.get(channel, FULL)

    def _awake(self, again: int, reaching: bool) -> int:
        if not again or not reaching:
            return again
        return quiet_until(again, self._policy.quiet_from, self._policy.quiet_to, self._zone) or again


@lru_cache(maxsize=4096)
def midnight(day: int, zone: str) -> int:
    """When a day (ordinal) begins in a time zone, in microseconds since 1970 UTC."""
    begins = date.fromordinal(day)
    return (datetime(begins.year, begins.month, begins.day, tzinfo=_zone(zone)) - _EPOCH) // _MICROSECOND


def day_of(at: int, zone: str) -> int:
    """The day (ordinal) in a time zone of a moment in microseconds since 1970 UTC."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(_zone(zone)).toordinal()


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
