"""The interval of lift holds the truth in towns whose effects are known; a hundred of them are a benchmark."""

from pathlib import Path

import pytest

from regulars.evaluation.lift import judge_town


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_interval_holds_the_truth(tmp_path: Path, seed: int) -> None:
    found = judge_town(tmp_path, 2_200, seed, control=0.5)
    (campaign,) = found.campaigns
    assert campaign.people > 500
    assert campaign.truth > 0.01
    assert campaign.found is not None
    assert campaign.covered
    assert not found.placebo.missed
