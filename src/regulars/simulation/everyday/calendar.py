"""When things happen: seasons, weekdays, hours of the day, opening hours."""

from datetime import UTC, datetime

from regulars.simulation.everyday.chance import Chance, cumulative

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Lengths of time in milliseconds."""
SATURDAY = 5

# Hundredths of an ordinary month, weekday (from Monday) and hour; Christmas makes a December.
_MONTHS = (85, 82, 92, 95, 100, 98, 90, 88, 97, 105, 128, 145)
_WEEKDAYS = {"online": (105, 101, 98, 97, 94, 93, 112), "store": (85, 84, 90, 98, 118, 165, 60)}
_HOURS = {
    "online": (8, 4, 2, 1, 1, 2, 6, 14, 24, 32, 38, 42, 46, 44, 42, 42, 44, 50, 60, 78, 92, 84, 54, 24),
    "store": (0, 0, 0, 0, 0, 0, 0, 0, 10, 46, 70, 78, 66, 58, 62, 72, 84, 90, 72, 34, 0, 0, 0, 0),
}
FORMS = ("online", "store")
OPENS, CLOSES = 8, 20
"""The stores' opening hours, in the town's own time."""


class Calendar:
    """The days that are simulated; `start` in milliseconds since 1970 UTC, `offset` of the town's clock from UTC."""

    def __init__(self, start: int, days: int, offset: int = 0) -> None:
        self.start = start
        self.days = days
        self.end = start + days * DAY
        self.offset = offset
        self._days = {form: cumulative(self._weights(form)) for form in FORMS}
        self._hours = {form: cumulative(_HOURS[form]) for form in FORMS}

    def moment(self, rng: Chance, form: str) -> int:
        """A moment of the season, weekday and hour at which people shop `online` or in a `store`."""
        day = rng.drawn(self._days[form])
        return self.start + day * DAY + self._of_day(rng, form)

    def hour_after(self, rng: Chance, time: int, form: str) -> int:
        """The same day's or a later moment at an hour of this form, never before `time`."""
        day = (time - self.start) // DAY
        moment = self.start + day * DAY + self._of_day(rng, form)
        return moment if moment >= time else moment + DAY

    def local(self, time: int) -> datetime:
        """The town's own date and time."""
        return datetime.fromtimestamp((time + self.offset) / 1000, UTC)

    def last(self, weekday: int) -> int:
        """The number of the last day of this weekday (0 is Monday); the last day of all where there is none."""
        for day in range(self.days - 1, -1, -1):
            if self._date(day).weekday() == weekday:
                return day
        return self.days - 1

    def _of_day(self, rng: Chance, form: str) -> int:
        return rng.drawn(self._hours[form]) * HOUR + rng.below(HOUR)

    def _weights(self, form: str) -> list[int]:
        dates = [self._date(day) for day in range(self.days)]
        return [_MONTHS[date.month - 1] * _WEEKDAYS[form][date.weekday()] for date in dates]

    def _date(self, day: int) -> datetime:
        return self.local(self.start + day * DAY)
