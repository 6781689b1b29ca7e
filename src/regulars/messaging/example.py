"""Somebody made up, with everything that a message can say: what a check renders for, and a preview without anybody."""

from typing import Final

from regulars.messaging.told import ArticleWords, Data, Item, OrderWords, Person, ShopWords, StoreWords

_ITEMS: Final = (
    Item("example-1", "Blue scarf", "Example", "/products/example-1", "", "€49.90", "", "You looked at it twice"),
    Item("example-2", "Walking boots", "Example", "/products/example-2", "", "€129.00", "€149.00", ""),
    Item("example-3", "Rain jacket", "Example", "/products/example-3", "", "€89.00", "", ""),
)


def example(shop: ShopWords, block: str = "none") -> Data:
    """The data of somebody made up; `block` is what the message's block shows."""
    article = ArticleWords(
        "example", "How to look after wool", "Air it, wash it seldom, dry it flat.", "/articles/example",
        "<p>Air wool rather than washing it.</p><ul><li>Wash at 30 degrees, by hand.</li><li>Dry it flat.</li></ul>",
    )  # fmt: skip
    return Data(
        Person("Greta", "Greta Example"), shop, _ITEMS[0], () if block in ("none", "article") else _ITEMS,
        OrderWords("10042", "21 November 2026", "28 November 2026", "https://parcels.example/10042", "Example store"),
        StoreWords("1", "Example store", "12 Market Street, Exampleton", "+44 20 7946 0000"),
        article, why="You get this example because somebody looks at how it comes out.", simulated=True,
    )  # fmt: skip
