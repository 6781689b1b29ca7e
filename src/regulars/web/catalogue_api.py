"""The JSON API of the catalogue, for programs that hold a secret key."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter, PathParameter, QueryParameter

from regulars.catalogue.page import ProductPage, product_page
from regulars.catalogue.reader import AsyncConnection, all_stores, products
from regulars.catalogue.search import LONGEST, MOST, search_products
from regulars.collection.clock import parse_time
from regulars.identity.lookup import BadLookup, clean
from regulars.model.fields import ID_LENGTH
from regulars.model.money import currency_code
from regulars.model.product import Product
from regulars.model.rejection import Refused
from regulars.model.store import Store
from regulars.web.errors import ApiError
from regulars.web.tracking_schema import ErrorAnswer, promised

Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Gives one snapshot of the database."""

LONGEST_TIME = 40
MOST_STORES = 1000


class ProductList(msgspec.Struct, frozen=True):
    """Products that a search or a list of ids leads to; ids of which nothing is known are left out."""

    products: tuple[Product, ...]


class StoreList(msgspec.Struct, frozen=True):
    """Stores by id; `next` is the `after` of the page behind this one, '' on the last."""

    stores: tuple[Store, ...]
    next: str


_Id = Annotated[str, PathParameter(description="A product's id; one with a slash goes into `/api/products?id=`.")]
_Text = Annotated[str | None, Parameter(description="Words of a name or brand, a sku, a GTIN or an id.")]
_Ids = Annotated[list[str] | None, QueryParameter(name="id", description="An id; may be given up to 100 times.")]
_Most = Annotated[int, Parameter(ge=1, le=MOST, description="How many products at most.")]
_MostStores = Annotated[int, Parameter(ge=1, le=MOST_STORES, description="How many stores at most.")]
_At = Annotated[str | None, Parameter(description="As of when, in ISO 8601; now where it is not given.")]
_Currency = Annotated[str | None, Parameter(description="Only amounts in this currency, such as EUR.")]
_After = Annotated[str | None, Parameter(description="The `next` of the page before this one.")]
_NOT_FOUND = {404: promised(ErrorAnswer, "Nothing is known by this id.")}


def catalogue_handlers(reading: Reading, errors: dict[int, Any]) -> list[HTTPRouteHandler]:
    """The catalogue's paths; `errors` is what every path of the API may answer."""
    return [_list(reading, errors), _page(reading, {**errors, **_NOT_FOUND}), _stores(reading, errors)]


def _list(reading: Reading, errors: dict[int, Any]) -> HTTPRouteHandler:
    @get("/products", name="api.products", summary="Find products by text or by ids", responses=errors)
    async def found(
        q: _Text = None, ids: _Ids = None, limit: _Most = 20, at: _At = None, currency: _Currency = None
    ) -> ProductList:
        if (q is None) == (ids is None):
            raise _bad("give either q=TEXT or id=ID")
        moment, code = _moment(at), _code(currency)
        if ids is not None:
            wanted = [_clean("id", id, ID_LENGTH) for id in ids]
            if len(wanted) > MOST:
                raise _bad(f"id: more than {MOST}")
            async with reading() as connection:
                return ProductList(tuple((await products(connection, wanted, moment, code)).values()))
        text = _clean("q", q or "", LONGEST)
        async with reading() as connection:
            return ProductList(await search_products(connection, text, limit, moment, code))

    return found


def _page(reading: Reading, errors: dict[int, Any]) -> HTTPRouteHandler:
    @get(
        "/products/{product:str}",
        name="api.product",
        summary="One product with its prices, costs, stock and articles",
        responses=errors,
    )
    async def page(product: _Id, at: _At = None, currency: _Currency = None) -> ProductPage:
        moment, code, id = _moment(at), _code(currency), _clean("the id", product, ID_LENGTH)
        async with reading() as connection:
            found = await product_page(connection, id, moment, code)
        if found is None:
            raise ApiError(404, "not_found", "nothing is known by this id")
        return found

    return page


def _stores(reading: Reading, errors: dict[int, Any]) -> HTTPRouteHandler:
    @get("/stores", name="api.stores", summary="The stores, by id", responses=errors)
    async def stores(after: _After = None, limit: _MostStores = 100) -> StoreList:
        start = _clean("after", after, ID_LENGTH) if after else ""
        async with reading() as connection:
            found = await all_stores(connection, start, limit)
        return StoreList(found, found[-1].id if len(found) == limit else "")

    return stores


def _clean(name: str, text: str, longest: int) -> str:
    try:
        return clean(text, longest)
    except BadLookup as error:
        raise _bad(f"{name}: {error}") from None


def _moment(at: str | None) -> int:
    if at is None:
        return time.time_ns() // 1000
    try:
        return parse_time(at[: LONGEST_TIME + 1], "at")
    except Refused as refused:
        raise _bad(f"at: {refused.message}") from None


def _code(currency: str | None) -> str:
    try:
        return currency_code(currency, "currency")
    except Refused as refused:
        raise _bad(f"currency: {refused.message}") from None


def _bad(words: str) -> ApiError:
    return ApiError(400, "bad_request", words)
