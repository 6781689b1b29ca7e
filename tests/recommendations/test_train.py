"""From the lake to the model on disk: what is learnt, what is left out, and that a model is published whole."""

from pathlib import Path

import numpy as np
import pytest
from support.lakes import write_lake
from support.recommended import learnt

from regulars.recommendations import files
from regulars.recommendations import train as training
from regulars.recommendations.columns import purchases
from regulars.recommendations.files import CURRENT, Latest, load, published
from regulars.recommendations.model import Model
from regulars.recommendations.ranking import rank_again, rank_like
from regulars.recommendations.taste import Purchase, Taste
from regulars.recommendations.train import once, train
from regulars.storage.engine import LakeError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    done, folder = learnt(tmp_path_factory.mktemp("town"))
    assert (done.customers, done.products) == (10, 12)
    made = load(folder)
    assert made is not None
    return made


def near(model: Model, product: str) -> list[str]:
    [number] = model.products([product]).tolist()
    return [model.id_of(each) for each in model.near.product[number].tolist() if each >= 0]


def test_without_a_lake(tmp_path: Path) -> None:
    with pytest.raises(LakeError):
        train(tmp_path / "lake", tmp_path / "model")
    assert load(tmp_path / "model") is None and Latest(tmp_path / "model").model() is None


def test_an_empty_lake_gives_a_model_that_recommends_nothing(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake")
    train(tmp_path / "lake", tmp_path / "model")
    made = load(tmp_path / "model")
    assert made is not None
    her = Taste((Purchase("tea", 1.0),), frozenset({"tea"}))
    assert rank_again(made, her, 2.0).product == ["tea"]
    assert len(rank_like(made, her, 2.0, made.store("12")).number) == 0


def test_what_is_alike(model: Model) -> None:
    assert near(model, "nails") == ["hammer"]
    assert "mug" in near(model, "tea") and "nails" not in near(model, "tea")
    assert near(model, "spoon") == [], "a gift, and of one customer only"
    assert "old" not in near(model, "tea"), "no longer offered"
    assert "new" in near(model, "tea"), "wished for by those who buy tea"
    assert model.name_of(model.products(["tea"])[0]) == "Tea"
    assert model.category_of(model.products(["saw"])[0]) == "Iron"


def test_somebody_new_sees_what_sells_in_the_store(model: Model) -> None:
    day = model.as_of
    everywhere = [model.id_of(each) for each in rank_like(model, Taste(), day, -1).number.tolist()]
    assert everywhere[0] == "tea" and "old" not in everywhere and "new" not in everywhere
    assert model.store("12") >= 0 and model.store("nowhere") == model.store("") == -1
    tools = Taste((Purchase("saw", day),), frozenset({"saw"}))
    assert model.id_of(rank_like(model, tools, day, model.store("12")).number[0]) in ("nails", "hammer")


def test_what_she_has_had_or_hides_is_not_liked(model: Model) -> None:
    her = Taste((Purchase("tea", 1.0),), frozenset({"tea", "honey"}), frozenset({"mug"}))
    found = rank_like(model, her, model.as_of, -1, ["milk"])
    ids = [model.id_of(each) for each in found.number.tolist()]
    assert not {"tea", "honey", "mug", "milk", "old"} & set(ids) and len(set(ids)) == len(ids)


def test_a_product_counts_once_in_an_order() -> None:
    rows = once(purchases([0, 0, 0, 1], [5, 5, 5, 5], [-1] * 4, [1.5, 1.5, 2.0, 1.5]))
    assert sorted(zip(rows.customer.tolist(), rows.day.tolist(), strict=True)) == [(0, 1.5), (0, 2.0), (1, 1.5)]
    assert len(once(purchases([], [], [], []))) == 0


def test_only_the_latest_days_are_learnt_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_ROWS", 5)
    done, _ = learnt(tmp_path)
    assert 0 < done.purchases <= 5


def test_a_newer_model_takes_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_AGAIN", 0.0)
    _, folder = learnt(tmp_path)
    latest = Latest(folder)
    first = latest.model()
    assert first is not None and latest.model() is first
    learnt(tmp_path)
    second = latest.model()
    assert second is not None and second is not first
    assert np.array_equal(first.near.product, second.near.product), "whoever has the old one can still read it"
    assert len(list(folder.iterdir())) == 2
    (folder / CURRENT).write_text('{"format":99}')
    assert published(folder) is None and latest.model() is None
