"""A shop small enough to know by heart, learnt from: what goes with what."""

from pathlib import Path

from support.lakes import write_lake

from regulars.recommendations.train import Trained, train

BASKETS = {
    "ann": (("tea", "mug", "honey"), ("tea", "milk")), "bea": (("tea", "mug"), ("honey",), ("tea",)),
    "cyd": (("mug", "honey", "spoon"),), "dot": (("nails", "hammer"),), "eve": (("nails", "hammer", "saw"),),
    "fay": (("soap",),), "gus": (("soap", "towel"),), "hal": (("milk", "tea", "old"),), "ida": (("old", "tea"),),
}  # fmt: skip


def learnt(folder: Path) -> tuple[Trained, Path]:
    """The lake of these baskets and the model of it; the folder of the model."""
    lines = [
        {
            "customer": who, "space": "main", "order_id": f"{who}-{n}", "line": at, "product": product, "name": product,
            "time": f"2026-03-{n * 7 + 1:02} 10:00:00", "store": "12" if who in ("dot", "eve") else "7",
        }
        for who, baskets in BASKETS.items() for n, basket in enumerate(baskets) for at, product in enumerate(basket)
    ]  # fmt: skip
    products = [
        {
            "product": each, "name": each.capitalize(), "status": "discontinued" if each == "old" else None,
            "category": "Tools > Iron" if each in ("nails", "hammer", "saw") else "Food",
        }
        for each in sorted({str(line["product"]) for line in lines} | {"new"})
    ]  # fmt: skip
    noon = "2026-03-09 12:00:00"
    mark = {"customer": "cyd", "time": noon, "kind": "track", "name": "Gift Marked", "product": "spoon"}
    wish = {"product": "new", "kind": "wishlisted", "day": "2026-03-09", "count": 1, "last": noon}
    wishes = [{"customer": who, **wish} for who in ("ann", "bea", "kay")]
    write_lake(folder / "lake", order_lines=lines, products=products, events=[mark], interactions=wishes)
    return train(folder / "lake", folder / "model"), folder / "model"
