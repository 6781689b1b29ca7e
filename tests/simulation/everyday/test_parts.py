"""The small parts: chance, calendar, pictures, article numbers, people."""

from collections import Counter
from xml.etree import ElementTree

import pytest

from regulars.simulation.everyday.assortment import own_goods
from regulars.simulation.everyday.calendar import DAY, HOUR, Calendar
from regulars.simulation.everyday.call import iso
from regulars.simulation.everyday.chance import Chance, cumulative, mark, stream
from regulars.simulation.everyday.people import SEATS, Card, People
from regulars.simulation.everyday.pictures import address, drawn
from regulars.simulation.everyday.rates import Rates
from regulars.simulation.everyday.shelf import gtin
from regulars.simulation.everyday.tally import middle

START = 1_735_686_000_000  # 1 January 2025, midnight in Prague


@pytest.mark.parametrize("name", ["", "pot.svg", "pot-blue.svg", "pot-blue-1.png", "cat-blue-1.svg", "pot-puce-1.svg"])
def test_there_is_no_such_picture(name: str) -> None:
    assert drawn(name) is None


def test_every_product_has_a_picture_that_is_xml() -> None:
    pictures = set()
    for product in own_goods().products:
        svg = drawn(address(product.shape, product.colour, product.number).rpartition("/")[2])
        assert svg is not None and len(svg) < 1_000
        ElementTree.fromstring(svg)
        pictures.add(svg)
    assert len(pictures) == len(own_goods().products)


def test_goods_have_prices_above_their_cost() -> None:
    goods = own_goods()
    assert len({product.id for product in goods.products}) == len(goods.products) > 300
    assert all(0 < product.cost < product.price for product in goods.products)


def test_article_numbers_have_their_check_digit() -> None:
    for number in (0, 7, 343, 99_999):
        digits = [int(digit) for digit in gtin(number)]
        assert len(digits) == 13
        assert sum(digit * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10 == 0


def test_chance_keeps_its_means() -> None:
    rng = stream("1", "test")
    assert sum(rng.times(2.5) for _ in range(4_000)) / 4_000 == pytest.approx(2.5, abs=0.1)
    assert rng.times(0) == 0
    drawn_ = Counter(rng.drawn(cumulative((1, 0, 3))) for _ in range(4_000))
    assert set(drawn_) == {0, 2} and drawn_[2] == pytest.approx(3_000, abs=150)
    assert {rng.between(3, 5) for _ in range(50)} == {3, 4}


def test_streams_are_apart_and_marks_are_letters() -> None:
    assert stream("1", "a", 2).random() == stream("1", "a", 2).random() != stream("1", "a", 3).random()
    assert mark(1, "a").isalpha() and len(mark(1, "a")) == 24
    assert mark(1, "ab") != mark("1a", "b")


def test_seasons_and_weekdays_show() -> None:
    calendar, rng = Calendar(START, 365, HOUR), Chance("test")
    store = [calendar.local(calendar.moment(rng, "store")) for _ in range(20_000)]
    weekdays, months = Counter(time.weekday() for time in store), Counter(time.month for time in store)
    assert weekdays.most_common(1)[0][0] == 5 and months.most_common(1)[0][0] == 12
    assert all(8 <= time.hour < 20 for time in store)
    online = Counter(calendar.local(calendar.moment(rng, "online")).hour for _ in range(20_000))
    assert online.most_common(1)[0][0] == 20


def test_what_follows_comes_after() -> None:
    calendar, rng = Calendar(START, 30, HOUR), Chance("test")
    for _ in range(500):
        time = START + rng.below(20 * DAY)
        after = calendar.hour_after(rng, time, "store")
        assert time <= after < time + 2 * DAY and 8 <= calendar.local(after).hour < 20


def test_the_last_saturday() -> None:
    calendar = Calendar(START, 30, HOUR)
    assert calendar.local(START + calendar.last(5) * DAY).strftime("%Y-%m-%d %a") == "2025-01-25 Sat"
    assert Calendar(START, 2, HOUR).last(5) == 1


def test_times_are_written_as_sdks_do() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_735_735_027_042) == "2025-01-01T12:37:07.042Z"


def test_people_are_what_their_number_says() -> None:
    people = People(300, "5", (START, START + 30 * DAY), 10, 3, Rates())
    everybody = [person for household in people.households() for person in household.persons]
    assert len(everybody) == 300
    assert all(people.person(person.number) == person for person in everybody[:20])
    assert {person.referrer for person in everybody if not person.joined} == {-1}
    friend = people.friend(0, 0)
    assert friend is not None and friend.number != 0 and friend == people.friend(0, 0)


def test_a_single_household_has_no_friends() -> None:
    alone = People(1, "5", (START, START + DAY), 10, 1, Rates())
    assert alone.friend(0, 1) is None
    assert alone.other_than(stream("1", "x"), 0) == -1


def test_each_card_has_one_holder() -> None:
    cards = [Card(f"CJ{number}", START, 0) for number in range(40)]
    people = People(0, "5", (START, START + DAY), 10, 1, Rates(), cards)
    holders = [
        (person.loyalty_id, person.number % SEATS)
        for household in people.households()
        for person in household.persons
        if person.loyalty_id
    ]
    assert holders == [(card.number, 0) for card in cards]


def test_the_middle() -> None:
    assert middle(Counter()) == 0
    assert middle(Counter({3: 2, 9: 1})) == 3
    assert middle(Counter({3: 2, 9: 2})) == 6
