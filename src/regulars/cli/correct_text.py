"""Explanations and corrections in the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from regulars.cli.customer_page import plain
from regulars.identity.correct import Pair
from regulars.identity.explained import Explained, Step
from regulars.model.identifier import Identifier
from regulars.model.money import Amount
from regulars.profiles.preview import Moved, Person, Preview

_SAYING = {"merge": "one person", "split": "two people", "undo": "(taken back)"}


def explanation_text(found: Explained) -> str:
    """An explanation as text: the verdict, why, then a step a line with its sources below it."""
    verdict = "one person" if found.joined else "not one person"
    lines = [f"{_named(found.one)} and {_named(found.two)}: {verdict}", found.words]
    for step in found.path:
        lines += ["", f"  {_named(step.one)}  –  {_named(step.two)}", *(f"      {each}" for each in _step(step))]
    holders = " and ".join(each or "nobody" for each in dict.fromkeys(found.customers))
    lines += ["", f"customer: {holders}; rules: version {found.rules_version}"]
    return "\n".join(map(plain, lines))


def correction_text(said: str, dry_run: bool, seen: Preview, pairs: Sequence[Pair], customers: tuple[str, str]) -> str:
    """What a merge, a split or an undo changed, or would change."""
    if not dry_run:
        told = [f"{_named(a)} and {_named(b)}: {_SAYING[said]}" for a, b in pairs]
        ids = list(dict.fromkeys(each or "nobody" for each in customers))
        return "\n".join(map(plain, [*told, f"customer{'s' if len(ids) > 1 else ''}: {' and '.join(ids)}"]))
    lines = [
        "Nothing is changed yet. To be said:",
        *(f"  {_named(a)} and {_named(b)}: {_SAYING[said]}" for a, b in pairs),
    ]
    lines += ["", "Now", *_people(seen.before), "", "Then", *_people(seen.after)]
    if seen.moved:
        lines += ["", "What moves", *(f"  {_move(each)}" for each in seen.moved)]
    if seen.others:
        lines += ["", f"and {seen.others} more persons are concerned"]
    return "\n".join(map(plain, [*lines, "", seen.then.words]))


def _step(step: Step) -> Iterator[str]:
    for link in step.links:
        word = {"must": "one person", "cannot": "two people"}[link.word]
        how = "by hand" if link.origin == "hand" else "by an alias call"
        yield f"said to be {word}, {how}{f' by {link.by}' if link.by else ''}, {link.time:%Y-%m-%d %H:%M}"
    for each in step.sources:
        times = f"{each.first:%Y-%m-%d}" if each.n == 1 else f"{each.first:%Y-%m-%d} to {each.last:%Y-%m-%d}"
        yield f"{each.trust}: {each.source}, {each.n} message{'s' if each.n != 1 else ''}, {times}"


def _people(people: Iterable[Person]) -> Iterator[str]:
    for each in people:
        yield f"  {each.id}  {each.name or f'({each.kind})'}"
        yield f"      known as {', '.join(each.identifiers) or 'nothing'}"
        if each.orders or each.spend:
            yield f"      {_orders(each.orders, each.spend)}"
        for word in each.consents:
            where = "all addresses" if word.covers_all else word.address
            yield f"      consent: {word.purpose} by {word.channel} on {where}: {word.word} ({word.source})"


def _move(each: Moved) -> str:
    return f"{_orders(each.orders, each.spend)} from {each.source or 'nobody'} to {each.target}"


def _orders(n: int, spend: tuple[Amount, ...]) -> str:
    money = " and ".join(each.text for each in spend) or "nothing"
    return f"{n} order{'s' if n != 1 else ''} for {money}"


def _named(identifier: Identifier) -> str:
    return f"{identifier.type}:{identifier.value}"
