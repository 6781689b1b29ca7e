"""The interval around what a message changed: bad input first, then that it holds at every look."""

from math import isclose, log, sqrt
from random import Random

import pytest

from regulars.measurement.fairness import verdict
from regulars.measurement.lift import LEAST, PLANNED, Arm, Stratum, boundary, difference, lift
from regulars.measurement.result import EARLY, FAIR, NOBODY_HELD, UNEVEN


def arm(outcomes: list[float]) -> Arm:
    squares = sum(each * each for each in outcomes)
    return Arm(len(outcomes), sum(outcomes), squares, sum(each != 0 for each in outcomes))


def rates(people: int, buyers: int) -> Arm:
    return Arm(people, buyers, buyers, buyers)


@pytest.mark.parametrize(
    "stratum",
    [
        Stratum(Arm(), Arm()),
        Stratum(rates(1, 1), rates(1, 1)),
        Stratum(rates(500, 100), rates(1, 1)),
        Stratum(rates(500, 100), rates(100, LEAST - 1)),
        Stratum(rates(500, LEAST - 1), rates(100, 50)),
    ],
)
def test_too_little_has_no_interval(stratum: Stratum) -> None:
    assert lift([stratum]) is None
    assert lift([]) is None


def test_the_difference_and_its_error_are_those_of_two_samples() -> None:
    random = Random(1)
    a = [random.expovariate(0.1) for _ in range(50)]
    b = [random.expovariate(0.2) for _ in range(40)]
    middle, error, _, _ = difference([Stratum(arm(a), arm(b))])
    mean_a, mean_b = sum(a) / 50, sum(b) / 40
    var_a = sum((each - mean_a) ** 2 for each in a) / 49
    var_b = sum((each - mean_b) ** 2 for each in b) / 39
    assert isclose(middle, mean_a - mean_b)
    assert isclose(error, sqrt(var_a / 50 + var_b / 40))


def test_the_boundary_is_the_papers_formula_and_tightest_where_it_was_planned() -> None:
    rho2 = (-2 * log(0.05) + log(-2 * log(0.05)) + 1) / PLANNED
    for t in (20, 100, 5_000):
        margin = sqrt(2 * (t * rho2 + 1) / (t * t * rho2) * log(sqrt(t * rho2 + 1) / 0.05))
        assert isclose(boundary(t) / sqrt(t), margin)
    assert boundary(PLANNED) < min(boundary(PLANNED / 4), boundary(PLANNED * 4))
    assert boundary(PLANNED) > 1.96


def test_a_share_that_was_changed_meanwhile_does_not_mislead() -> None:
    """Nothing changes anything; but many were held back in the week in which everybody bought."""
    calm = Stratum(rates(9_000, 900), rates(1_000, 100))
    sale = Stratum(rates(1_000, 500), rates(9_000, 4_500))
    found = lift([calm, sale])
    assert found is not None and abs(found.middle) < 1e-12
    pooled = lift([Stratum(calm.treated + sale.treated, calm.held + sale.held)])
    assert pooled is not None and pooled.high < 0


def test_the_interval_holds_at_all_looks_and_the_usual_one_does_not() -> None:
    random, missed, usual, runs = Random(5), 0, 0, 150
    for _ in range(runs):
        treated, held = [0, 0], [0, 0]
        wrong = wrong_usual = False
        for _day in range(20):
            for group, size in ((treated, 400), (held, 100)):
                group[0] += size
                group[1] += sum(random.random() < 0.1 for _ in range(size))
            stratum = Stratum(rates(*treated), rates(*held))
            found = lift([stratum])
            if found is not None:
                middle, error, _, _ = difference([stratum])
                wrong |= not found.low <= 0 <= found.high
                wrong_usual |= abs(middle) > 1.96 * error
        missed, usual = missed + wrong, usual + wrong_usual
    assert missed <= 0.05 * runs + 3
    assert usual > 0.1 * runs


def test_what_no_lot_explains_is_no_fair_test() -> None:
    enough = rates(9_000, 900), rates(1_000, 100)
    assert verdict([(Stratum(*enough), 0.1)]) == FAIR
    assert verdict([(Stratum(*enough), None)]) == FAIR
    assert verdict([(Stratum(*enough), 0.05)]) == UNEVEN
    assert verdict([(Stratum(rates(900, 90), rates(100, 10)), 0.1)]) == EARLY
    assert verdict([(Stratum(rates(900, 90), Arm()), 0.1)]) == NOBODY_HELD
    assert verdict([]) == NOBODY_HELD
