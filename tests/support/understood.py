"""A small shop whose customers are understood: brought into a lake by the exporter, and from there to the pages."""

from datetime import date
from pathlib import Path
from typing import Any

from support.installation import SHOP, Installation, identify, track
from support.listing import refresh

from regulars.insights.job import run
from regulars.lake.exporter import Exporter
from regulars.storage import database

WEEKS = ("2025-11-01", "2025-11-08", "2025-11-15", "2025-11-22", "2025-11-29")


def bought(user: str, day: str, total: float = 50.0, **more: Any) -> dict[str, Any]:
    """An order of one line at noon of a day."""
    line = {"product_id": more.pop("product", "p-1"), "category": "Food > Bread", "price": total, "quantity": 1}
    said = {"order_id": f"{user}-{day}", "total": total, "currency": "EUR", "channel": "store", "products": [line]}
    return {**track("Order Completed", user, **{**said, **more}), "timestamp": f"{day}T12:00:00Z"}


def fill(installation: Installation) -> None:
    """Greta is slipping, Ben buys both ways, Cy is new, and a till sale is nobody's."""
    installation.send(SHOP, *(identify(user, name=name) for user, name in (("g", "Greta"), ("b", "Ben"), ("c", "Cy"))))
    installation.send(SHOP, *(bought("g", day) for day in WEEKS))
    installation.send(SHOP, *(bought("b", day, channel="web") for day in WEEKS[:2]), bought("b", "2025-12-20"))
    installation.send(SHOP, bought("c", "2025-12-27", currency="GBP"), bought("", "2025-12-27"))
    refresh(installation)


def understand(installation: Installation, folder: Path, as_of: date | None = date(2025, 12, 27)) -> None:
    """Bring the lake in `folder` to where the installation is, and insight to where the lake is."""
    with database.connect(installation.conninfo, autocommit=True) as connection:
        Exporter(folder, connection, "EUR").run()
        run(connection, folder, as_of)
