"""What she puts in the cart, leaves there, comes back to, or only wishes for."""

from regulars.simulation.everyday import orders, targets
from regulars.simulation.everyday.calendar import MINUTE, SECOND
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.session import Visit

_SIZES = (1, 1, 1, 2, 2, 3)


def fill(life: Life, here: Visit) -> None:
    """Products put in the cart; without an order they stay there."""
    rng, rates = life.rng, life.rates
    if not here.buys and not rng.hit(targets.CART_IF_NOT):
        return
    if here.buys and life.cart and (here.gift or not rng.hit(rates.cart_resumed)):
        life.cart.clear()
    for product in _chosen(life, here):
        life.cart[product.id] = life.cart.get(product.id, 0) + 1
        _tell(life, here, "Product Added", product, quantity=1)
    if len(life.cart) > 1 and rng.hit(0.1):
        product = life.world.goods.by_id[next(iter(life.cart))]
        del life.cart[product.id]
        _tell(life, here, "Product Removed", product)
    if here.time < life.world.end:
        life.count("carts_started")
        life.count("carts_left", not here.buys)
    if not here.buys and rng.hit(rates.checkout_left):
        _check(life, here)


def wish(life: Life, here: Visit) -> None:
    """One of the products goes on her wish list."""
    if _tell(life, here, "Product Added to Wishlist", life.rng.pick(here.looked), wishlist_id="mine"):
        life.count("wishes")


def check_out(life: Life, here: Visit, campaign: str) -> None:
    """The order, of all that lies in the cart; then it is empty."""
    _check(life, here)
    here.time += MINUTE + life.rng.below(3 * MINUTE)
    by_id = life.world.goods.by_id
    lines = tuple(orders.Line(by_id[id], quantity, life.size(by_id[id])) for id, quantity in life.cart.items())
    life.cart.clear()
    orders.order_online(life, here, lines, campaign)


def _chosen(life: Life, here: Visit) -> tuple[Product, ...]:
    if here.gift:
        return here.gift.products
    return tuple(life.rng.pick(here.looked) for _ in range(life.rng.pick(_SIZES)))


def _check(life: Life, here: Visit) -> None:
    here.time += 5 * SECOND + life.rng.below(MINUTE)
    goods = life.world.goods
    value = sum(goods.by_id[id].price * quantity for id, quantity in life.cart.items())
    products = [{"product_id": id, "quantity": quantity} for id, quantity in life.cart.items()]
    told = {"value": value / 100, "currency": goods.currency, "products": products}
    life.say(here.who, "Checkout Started", here.time, told, here.session)


def _tell(life: Life, here: Visit, name: str, product: Product, **more: object) -> bool:
    here.time += 2 * SECOND + life.rng.below(20 * SECOND)
    currency = life.world.goods.currency
    told = {"product_id": product.id, "name": product.name, "category": product.category, **more}
    told |= {"price": product.price / 100, "currency": currency}
    return life.say(here.who, name, here.time, told, here.session)
