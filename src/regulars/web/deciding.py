"""The JSON API of decisions, for programs that hold a secret key; each decision is a look at a customer, audited."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import msgspec
import psycopg
from litestar import Request, get, post
from litestar.datastructures.state import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from regulars.decisioning import ledger
from regulars.decisioning.decider import Busy, Decider
from regulars.decisioning.group import Settled, Taken, Unavailable, Wish
from regulars.decisioning.who import Nobody
from regulars.decisioning.words import dropped_words
from regulars.identity.lookup import BadLookup, Wanted, customer_id, wanted
from regulars.model.decision import Candidate, Decision, Occasion, occasion_id
from regulars.model.secret import Secret
from regulars.model.source import Source
from regulars.storage import audit, database
from regulars.storage.awaited import awaited, finish
from regulars.web.errors import ApiError
from regulars.web.tracking_schema import ErrorAnswer, promised

Call = Request[Source, Any, State]

MAX_BODY = 256 * 1024
MOST_CONTEXT = 32 * 1024
MOST = 100

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
_Text = Annotated[str, msgspec.Meta(max_length=100)]
_Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]


class DecisionCall(msgspec.Struct, forbid_unknown_fields=True):
    """For whom: a `customer` id or an `identifier` (`TYPE:VALUE`); and what about.

    The same `occasion` of one source is decided once; without one every call is an occasion of its own. `actions` and
    `channels` bound the choice (none: all). `context` is what it is about (`product`, `stock`, …), `rates` says how
    likely single actions are where the caller knows better, `explain` asks for the candidates.
    """

    customer: _Text = ""
    identifier: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    occasion: _Text = ""
    placement: _Text = ""
    actions: Annotated[list[_Name], msgspec.Meta(max_length=MOST)] = []
    channels: Annotated[list[_Name], msgspec.Meta(max_length=MOST)] = []
    context: dict[str, Any] = {}
    rates: Annotated[dict[_Name, _Rate], msgspec.Meta(max_length=MOST)] = {}
    explain: bool = False


class CandidateAnswer(msgspec.Struct, frozen=True):
    """One candidate: what it was dropped by (a code and words), else how it was valued, in minor units."""

    action: str
    channel: str
    dropped: str
    why: str
    propensity: float
    value: float
    cost: float
    pressure: float
    score: float


class DecisionAnswer(msgspec.Struct, frozen=True):
    """What to do: `action` by `channel`, or nothing where `action` is ''.

    `words` say why, to the customer where something is done, else to staff. `again` is when to ask once more, None for
    never. `arm` is `treated`, `held_back` or ''; `repeated` says that the occasion had been decided before.
    """

    id: str
    customer: str
    at: datetime
    action: str
    channel: str
    probability: float
    arm: str
    words: str
    again: datetime | None
    policy: str
    repeated: bool
    candidates: list[CandidateAnswer] | None = None


def decision_handlers(
    decider: Decider, conninfo: str, secret: Secret, errors: dict[int, Any]
) -> list[HTTPRouteHandler]:  # fmt: skip
    """The paths of decisions; `errors` is what every path of the API may answer."""

    @post(
        "/decisions",
        name="api.decide",
        summary="Decide what to do for a customer",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses={
            **errors,
            404: promised(ErrorAnswer, "Nobody is known so."),
            409: promised(ErrorAnswer, "The occasion was decided for somebody else."),
            410: promised(ErrorAnswer, "Erased."),
        },
    )
    async def make(request: Call, data: JSONBody[DecisionCall]) -> DecisionAnswer:
        wish = Wish(_who(data), _occasion(data, request.user.name, secret), request.user.name)
        try:
            settled = await decider.decide(wish)
        except Nobody as error:
            status = {"not_found": 404, "gone": 410}.get(error.code, 400)
            raise ApiError(status, error.code, error.words) from None
        except Taken:
            raise ApiError(409, "conflict", "occasion: it was decided for another customer") from None
        except (psycopg.DataError, ValueError):
            raise ApiError(400, "bad_request", "context: holds what cannot be stored") from None
        except (Busy, Unavailable):
            words = "the database cannot be reached, or too many wait; come back"
            raise ApiError(503, "unavailable", words, {"Retry-After": "1"}) from None
        return answer(settled, data.explain)

    @get(
        "/decisions/{decision:str}",
        name="api.decision",
        summary="One decision, with its candidates",
        responses={**errors, 404: promised(ErrorAnswer, "There is no such decision.")},
        sync_to_thread=True,
    )
    def one(request: Call, decision: FromPath[str]) -> DecisionAnswer:
        id = customer_id(decision)
        if id is None:
            raise ApiError(400, "bad_request", "a decision's id has 32 hexadecimal digits")
        with database.connect(conninfo, autocommit=True) as connection:
            found = ledger.find(connection, id)
            if found is None:
                raise ApiError(404, "not_found", "there is no such decision")
            finish(audit.record(awaited(connection), request.user.name, "decision", [found.decision.customer]))
        return answer(Settled(found.decision, found.words, False), True)

    return [make, one]


def answer(settled: Settled, explain: bool) -> DecisionAnswer:
    """A decision as the API tells it."""
    each, did = settled.decision, settled.decision.did
    return DecisionAnswer(
        id=each.id.hex(), customer=each.customer.hex(), at=_moment(each.at), action="" if did is None else did.action,
        channel="" if did is None else did.channel, probability=each.probability, arm=each.arm, words=settled.words,
        again=_moment(each.again) if each.again else None, policy=each.policy, repeated=not settled.new,
        candidates=_candidates(each) if explain else None,
    )  # fmt: skip


def _candidates(decision: Decision) -> list[CandidateAnswer]:
    return [_candidate(each) for each in decision.candidates]


def _candidate(each: Candidate) -> CandidateAnswer:
    return CandidateAnswer(
        each.action, each.channel, each.dropped, dropped_words(each), each.propensity, each.value, each.cost,
        each.pressure, each.score,
    )  # fmt: skip


def _who(call: DecisionCall) -> Wanted:
    if bool(call.customer) == bool(call.identifier):
        raise ApiError(400, "bad_request", "give either customer or identifier")
    if call.customer:
        id = customer_id(call.customer)
        if id is None:
            raise ApiError(400, "bad_request", "customer: a customer id has 32 hexadecimal digits")
        return Wanted(id)
    try:
        return wanted(call.identifier)
    except BadLookup as error:
        raise ApiError(400, "bad_request", f"identifier: {error}") from None


def _occasion(call: DecisionCall, source: str, secret: Secret) -> Occasion:
    context = msgspec.json.encode(call.context)
    if len(context) > MOST_CONTEXT:
        raise ApiError(400, "bad_request", f"context: must be at most {MOST_CONTEXT:,} bytes")
    told = (call.occasion, call.placement, *call.actions, *call.channels, *call.rates)
    if b"\\u0000" in context or any("\0" in each for each in told):
        raise ApiError(400, "bad_request", "NUL can be no part of any text")
    key = f"api/{source}/{call.occasion or uuid4().hex}"
    return Occasion(
        id=occasion_id(secret, key), key=key, kind="api", name=source, placement=call.placement,
        actions=tuple(call.actions), channels=tuple(call.channels), context=call.context, rates=call.rates,
    )  # fmt: skip


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)
