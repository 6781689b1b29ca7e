"""200,000 events resolved batch by batch give, by hash, what one resolution of all the evidence gives."""

import json
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
import pytest
from support.frames import RECEIVED, installed
from support.towns import append_town, take_in

from regulars.app import App
from regulars.identity.graph import SHARED, Ghosts, Link, Node, Tie, joins
from regulars.identity.queries import DatabaseGraph
from regulars.identity.resolve import Changes, Resolver
from regulars.model.frame import Frame
from regulars.storage.database import Connection

pytestmark = pytest.mark.slow

CUSTOMERS, DAYS, SEED = 9_000, 365, 5150
BATCHES = (1, 100, 1_000, 5_000, 20_000)
WORDS = 300

Standings = dict[bytes, tuple[str, bytes | None]]
Holders = dict[bytes, bytes | None]


class Whole:
    """All the evidence of a database in memory, as if nothing had been resolved yet."""

    def __init__(self, app: App, connection: Connection) -> None:
        stored = DatabaseGraph(connection, app.settings.rules)
        identifiers = [row[0] for row in connection.execute("SELECT key FROM identifiers")]
        bundles = [row[0] for row in connection.execute("SELECT key FROM bundles WHERE members <> '{}'")]
        self.links_at: dict[bytes, list[Link]] = defaultdict(list)
        for link in stored.links(identifiers):
            self.links_at[link.a].append(link)
            self.links_at[link.b].append(link)
        self._nodes = {
            key: msgspec.structs.replace(node, standing="", customer=None)
            for key, node in stored.nodes(identifiers).items()
        }
        self.bundles = {tie.key: msgspec.structs.replace(tie, customer=None) for tie in stored.bundles(bundles)}
        self._at: dict[bytes, list[Tie]] = defaultdict(list)
        for tie in self.bundles.values():
            for member in tie.members:
                self._at[member].append(tie)

    def resolved(self, app: App) -> Changes:
        """Everything resolved in one run."""
        return Resolver(self, app.settings.rules, app.secret).resolve(set(self._nodes), self.bundles.values())

    def nodes(self, keys: Iterable[bytes]) -> dict[bytes, Node]:
        return {key: self._nodes[key] for key in keys if key in self._nodes}

    def ties(self, keys: Iterable[bytes], joining: bool) -> Iterable[Tie]:
        for tie in {tie.key: tie for key in keys for tie in self._at[key]}.values():
            if not joining or joins(self._nodes[member].tier for member in tie.members):
                yield tie

    def links(self, keys: Iterable[bytes]) -> Iterable[Link]:
        return {(link.a, link.b): link for key in keys for link in self.links_at[key]}.values()

    def ghosts(self, keys: Iterable[bytes]) -> dict[bytes, Ghosts]:
        return {}


def words(folder: Path) -> list[Frame]:
    """Links by hand between identifiers of people that have nothing to do with each other, or are one."""
    chance = Random(SEED)
    spaces = {"user_id": "main", "email": "", "loyalty_id": "main", "phone": ""}
    people = []
    for line in (folder / "people.jsonl").read_text().splitlines():
        known = [each for each in json.loads(line)["identifiers"] if each["type"] in spaces]
        people.append([{**each, "space": spaces[each["type"]]} for each in known])
    people = [person for person in people if person]
    frames = []
    for number in range(WORDS):
        word = chance.choice(("must", "cannot", "none"))
        one = chance.choice(people)
        a, b = chance.choice(one), chance.choice(one if chance.random() < 0.5 else chance.choice(people))
        if a != b:
            body = json.dumps({"control": "link", "word": word, "a": a, "b": b}).encode()
            frames.append(Frame("desk", 1, RECEIVED + number, "control", body))
    return frames


def hash_of(standings: Standings, holders: Holders) -> tuple[str, str]:
    encode = msgspec.msgpack.encode
    return sha256(encode(sorted(standings.items()))).hexdigest(), sha256(encode(sorted(holders.items()))).hexdigest()


@pytest.mark.timeout(600)
def test_batch_by_batch_equals_all_at_once(database: str, tmp_path: Path) -> None:
    app = installed(tmp_path / "data", database)
    events = append_town(app, tmp_path / "town", CUSTOMERS, DAYS, SEED, words)
    assert events >= 195_000
    assert take_in(app, BATCHES) == events
    with app.connect() as connection:
        cursor = connection.cursor(binary=True)
        cursor.execute("SELECT key, standing, customer FROM identifiers")
        found = {key: (standing, holder) for key, standing, holder in cursor}
        holders: Holders = dict(cursor.execute("SELECT key, customer FROM bundles WHERE members <> '{}'").fetchall())
        whole = Whole(app, connection)
    changes = whole.resolved(app)
    expected: Standings = dict.fromkeys(found, ("", None)) | changes.standings
    owners: Holders = dict.fromkeys(holders) | changes.bundles
    differing = [key.hex() for key in expected if expected[key] != found[key]]
    assert (len(differing), differing[:10]) == (0, [])
    assert hash_of(found, holders) == hash_of(expected, owners)
    assert {standing for standing, _ in found.values()} & SHARED, "nothing was shared: the town is not hard"
    assert sum(map(len, whole.links_at.values())) > WORDS // 2, "no link met an identifier"
