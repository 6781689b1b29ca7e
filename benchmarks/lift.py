"""Whether the interval of lift holds the truth: a hundred towns whose effects are known.

`python benchmarks/lift.py [TOWNS]`: each town has one campaign with a fifth held back by lot. `covered_of_100` counts
the towns whose interval holds the true extra orders a person. `placebo_missed_of_100`: in each town also a mailing that
never was, looked at on every day of its two weeks; how many of a hundred any look said had changed something. Beside
it the same of the usual interval of 1.96 standard errors, which is made for a single look.
"""

import sys
import tempfile
import time
from pathlib import Path

from _bench import result

from regulars.evaluation.lift import Outcome, judge_town

TOWNS, CUSTOMERS = 100, 10_000


def main() -> None:
    """Measure and print; the number of towns may be given."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else TOWNS
    found: list[Outcome] = []
    started = time.perf_counter()
    for seed in range(1, many + 1):
        with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
            found.append(judge_town(Path(folder), CUSTOMERS, seed))
    campaigns = [each for outcome in found for each in outcome.campaigns]
    told = [each for each in campaigns if each.found is not None]
    assert told, "no interval was made: the towns are too small"
    seen = sum(each.found is not None and each.found.sign == 1 for each in campaigns)
    width = sum(each.found.high - each.found.low for each in told if each.found is not None) / len(told)
    truth = sum(each.truth for each in campaigns) / len(campaigns)
    print(f"{len(campaigns)} campaigns, {sum(each.people for each in campaigns) / len(campaigns):.0f} people each")
    print(f"true extra orders a person {truth:.4f}, width of the interval {width:.4f}")
    result(
        covered_of_100=100 * sum(each.covered for each in campaigns) / len(campaigns),
        intervals_of_100=100 * len(told) / len(campaigns),
        above_nought_of_100=100 * seen / len(campaigns),
        usual_covered_of_100=100 * sum(each.usual for each in campaigns) / len(campaigns),
        placebo_missed_of_100=100 * sum(each.placebo.missed for each in found) / len(found),
        placebo_missed_usual_of_100=100 * sum(each.placebo.missed_usual for each in found) / len(found),
        seconds=time.perf_counter() - started,
    )


if __name__ == "__main__":
    main()
