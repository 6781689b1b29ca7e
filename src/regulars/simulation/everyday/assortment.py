"""The assortment of the town's own shop, invented: eight departments, and what stands on their shelves."""

from regulars.simulation.everyday.goods import Goods, Product, seen
from regulars.simulation.everyday.pictures import COLOURS

CURRENCY = "EUR"
_CLOTHES = ("XS", "S", "M", "L", "XL")
_SHOES = ("37", "38", "39", "40", "41", "42", "43")

# Department > shelf, outline, what stands there, lowest and highest price in euros, sizes, days until used up.
_SHELVES: tuple[tuple[str, str, tuple[str, ...], int, int, tuple[str, ...], int], ...] = (
    ("Clothing > Coats", "coat", ("Wool coat", "Rain jacket", "Parka", "Trench coat"), 79, 249, _CLOTHES, 0),
    ("Clothing > Knitwear", "coat", ("Cardigan", "Merino jumper", "Rollneck", "Vest"), 35, 129, _CLOTHES, 0),
    ("Shoes", "shoe", ("Ankle boot", "Trainer", "Loafer", "Sandal", "Walking shoe"), 45, 179, _SHOES, 0),
    ("Bags", "bag", ("Shopper", "Rucksack", "Shoulder bag", "Purse"), 25, 149, (), 0),
    ("Kitchen > Pots", "pot", ("Casserole", "Frying pan", "Kettle", "Milk pan"), 29, 139, (), 0),
    ("Home", "cube", ("Candle", "Cushion", "Throw", "Vase", "Lamp"), 9, 89, (), 0),
    ("Garden", "leaf", ("Herb set", "Watering can", "Seed box", "Plant pot", "Secateurs"), 6, 59, (), 0),
    ("Pantry > Coffee and tea", "jar", ("Espresso beans", "Filter coffee", "Green tea", "Chai"), 6, 19, (), 28),
    ("Care > Bath", "jar", ("Shampoo", "Soap", "Hand cream", "Body oil"), 5, 29, (), 45),
    ("Pets", "box", ("Dog food", "Cat food", "Litter", "Chew bones"), 8, 49, (), 30),
)
_BRANDS = ("Lindenhof", "Vltava", "Bergmann", "Novis", "Hald", "Ostara")


def own_goods() -> Goods:
    """The shop's assortment: for each kind on a shelf one product in each of several colours."""
    products: list[Product] = []
    for group, (category, shape, kinds, low, high, sizes, again) in enumerate(_SHELVES):
        for kind, name in enumerate(kinds):
            for turn, colour in enumerate(COLOURS):
                number = len(products)
                price = 100 * (low + (high - low) * ((kind * 8 + turn) * 37 % 101) // 100) + 90
                products.append(_product(number, group, category, name, colour, shape, price, sizes, again))
    return Goods(products, CURRENCY)


def _product(
    number: int, group: int, category: str, kind: str, colour: str, shape: str, price: int, sizes: tuple[str, ...],
    again: int,
) -> Product:  # fmt: skip
    id, sku = f"A{1000 + number}", f"{category[:2].upper()}-{1000 + number}"
    name, brand = f"{kind} {colour}", _BRANDS[number * 5 % len(_BRANDS)]
    return Product(
        number=number,
        id=id,
        sku=sku,
        name=name,
        category=category,
        group=group,
        brand=brand,
        price=price,
        cost=price * (38 + number * 7 % 23) // 100,
        colour=colour,
        shape=shape,
        sizes=sizes,
        again=again,
        seen=seen(id, sku, name, category, brand, price, CURRENCY),
    )
