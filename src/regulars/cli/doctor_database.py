"""What the doctor checks in the database: version, durability, clocks, migrations, the pipeline, what stands out."""

import shutil
import time
from collections.abc import Callable, Iterator

import psycopg

from regulars.app import App, schema
from regulars.cli.doctor_acting import acting
from regulars.cli.findings import Finding, fail, megabytes, ok, warn
from regulars.cli.retaining import overdue
from regulars.storage import inspection, queries, retention
from regulars.storage.database import Connection, DatabaseError, require_version
from regulars.storage.inspection import Basics
from regulars.storage.lake.manifest import read_manifest
from regulars.storage.leadership import led
from regulars.storage.versions import PROJECTION_VERSION

SECOND = 1_000_000
DAY = 86_400 * SECOND
RETENTION_DUE = 2 * DAY
MANY_BEHIND = 100_000
LONG_BEHIND = 60
MANY_REJECTED = 0.01
SHOWN = 5
UP = "start `regulars up`, or `regulars serve pipeline`"


def database(app: App, connection: Connection) -> Iterator[Finding]:
    """All checks of a database that answers; those of its tables only where there are any."""
    inspection.be_brief(connection)
    yield server(connection)
    found, now = inspection.basics(connection), time.time_ns() // 1000
    yield durability(connection)
    yield extensions(connection, found)
    yield clocks(connection, found, now)
    yield room(app, found)
    if not (found.migrated and found.derived):
        yield fail("migrations", "the tables are not there", "start `regulars up`, which makes them")
        return
    yield migrations(connection)
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("derived", lambda: iter([derived(app, connection)])),
        ("pipeline", lambda: pipeline(connection)),
        ("acting", lambda: acting(connection)),
        ("lake", lambda: iter([lake(app, connection)])),
        ("rejected", lambda: iter([rejected(connection)])),
        ("identifiers", lambda: iter([identifiers(connection)])),
        ("retention", lambda: iter([kept(app, connection)])),
    )
    for name, check in checks:
        try:
            yield from check()
        except psycopg.errors.QueryCanceled:
            yield warn(name, f"not told within {inspection.PATIENCE}", "ask again when the database is less busy")


def server(connection: Connection) -> Finding:
    """PostgreSQL's version."""
    try:
        require_version(connection)
    except DatabaseError as error:
        return fail("postgresql", str(error), "move the database to a newer server: see docs/guides/own-postgresql.md")
    return ok("postgresql", connection.info.parameter_status("server_version") or "")


def durability(connection: Connection) -> Finding:
    """Whether a commit is on disk before it is told."""
    off = {name: value for name, value in inspection.durability(connection).items() if value == "off"}
    if off:
        said = ", ".join(f"{name} = {value}" for name, value in off.items())
        return fail("durability", said, "set them to on: what is acknowledged could be lost")
    return ok("durability", "fsync, full_page_writes and synchronous_commit are on")


def extensions(connection: Connection, found: Basics) -> Finding:
    """Whether the extensions are where they are looked for."""
    there = inspection.extensions(connection)
    wanted = schema().EXTENSIONS
    wrong = [name for name in wanted if there.get(name) != "public"]
    if wrong:
        mend = " ".join(f"CREATE EXTENSION {name} SCHEMA public;" for name in wrong)
        return fail("extensions", f"not in the schema public: {', '.join(wrong)}", mend)
    if not found.may_create:
        mend = "GRANT CREATE ON DATABASE … TO …: a rebuild makes a schema and lets it take the place of the old"
        return fail("privileges", "the user may not make schemas", mend)
    return ok("extensions", ", ".join(wanted))


def clocks(connection: Connection, found: Basics, now: int) -> Finding:
    """Whether this machine's clock (`now`), the database's, and what was received last agree."""
    apart = abs(now - found.clock) / SECOND
    last = 0 if not found.migrated else inspection.last_received(connection)
    mend = "let both machines take the time from one server (NTP)"
    if last > now + SECOND:
        ahead = (last - now) / SECOND
        return fail(
            "clocks", f"the log's last row was received {ahead:.0f} s in the future", "set this machine's clock"
        )
    if apart > 60:
        return fail("clocks", f"the database's clock is {apart:.0f} s off", mend)
    return warn("clocks", f"{apart:.1f} s apart", mend) if apart > 2 else ok("clocks", f"{apart:.1f} s apart")


def room(app: App, found: Basics) -> Finding:
    """Whether a rebuild, which makes what is derived a second time, has room."""
    said = f"the database has {megabytes(found.size)}"
    if app.settings.database_url:
        return ok("room", f"{said}; see to the disk of its server")
    if shutil.disk_usage(app.folder.path).free < found.size:
        return warn("room", f"{said}, less is free", "make room: `regulars rebuild` needs space for both")
    return ok("room", said)


def migrations(connection: Connection) -> Finding:
    """Whether the truth's tables are those of this version."""
    at, head = inspection.revision(connection), schema().head()
    if at == head:
        return ok("migrations", f"at {at}, the newest")
    if schema().knows(at):
        return fail("migrations", f"at {at}, this version needs {head}", "start `regulars up`, which migrates")
    return fail("migrations", f"at {at}, which this version does not know", "run the newer version of Regulars")


def derived(app: App, connection: Connection) -> Finding:
    """Whether what is derived was made by this version and these rules."""
    made, wanted = inspection.versions(connection), (PROJECTION_VERSION, app.context().rules_name)
    if made is None:
        return warn("derived", "the pipeline never ran", UP)
    said = f"version {made[0]}, {made[1]}"
    if made != wanted:
        newer = made[0] > PROJECTION_VERSION
        mend = "run the newer version of Regulars" if newer else "start the pipeline anew: it makes all of it anew"
        return fail("derived", f"made by {said}; this is version {wanted[0]}, {wanted[1]}", mend)
    return ok("derived", said)


def pipeline(connection: Connection) -> Iterator[Finding]:
    """Whether somebody leads, and how far behind the log it is."""
    items, oldest = inspection.behind(connection)
    leads = led(connection)
    if leads:
        yield ok("leader", "a pipeline leads")
    elif items:
        yield fail("leader", "no pipeline is running", UP)
    else:
        yield warn("leader", "no pipeline is running", UP)
    seconds = (time.time_ns() // 1000 - oldest) / SECOND if oldest else 0.0
    said = f"{items} items to take in, the oldest {seconds:.0f} s old" if items else "nothing to take in"
    if items > MANY_BEHIND or (items and seconds > LONG_BEHIND):
        yield warn("lag", said, "wait; if it grows, see what the pipeline says, and whether the disk is the limit")
    else:
        yield ok("lag", said)


def lake(app: App, connection: Connection) -> Finding:
    """How far the lake is behind the pipeline."""
    state = read_manifest(app.folder.lake)
    mend = "start `regulars up`, or `regulars serve insights`"
    if state is None:
        return warn("lake", "there is none yet", mend)
    if state.place >= queries.cursor_place(connection):
        return ok("lake", f"at place {state.place}, where the pipeline is")
    seconds = (time.time_ns() // 1000 - state.as_of) / SECOND
    said = f"at place {state.place}, {seconds:.0f} s old"
    return warn("lake", said, mend) if seconds > LONG_BEHIND else ok("lake", said)


def rejected(connection: Connection) -> Finding:
    """What could not be taken in of the last day's."""
    reasons, received = inspection.rejected_since(connection, time.time_ns() // 1000 - DAY)
    n = sum(reasons.values())
    if not n:
        return ok("rejected", "nothing in the last day")
    named = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
    said = f"{n} of {received} items in the last day: {named}"
    if n > MANY_REJECTED * received:
        return warn("rejected", said, "see `regulars rejected list`; mend the sender, then `regulars rejected replay`")
    return ok("rejected", said)


def kept(app: App, connection: Connection) -> Finding:
    """Whether every class of data with a limit was dealt with in time; young data give nothing to do."""
    if inspection.revision(connection) != schema().head():
        return warn("retention", "not told before the migration", "start `regulars up`, which migrates")
    oldest = retention.oldest(connection)
    if oldest is None or oldest > time.time_ns() // 1000 - RETENTION_DUE:
        return ok("retention", "nothing is old enough to look at")
    late = overdue(app, connection, RETENTION_DUE)
    if late:
        mend = "`regulars up` runs it once a day: see `regulars retention show`, or run `regulars retention run`"
        return warn("retention", f"not run in the last two days: {', '.join(late)}", mend)
    return ok("retention", "ran in the last two days")


def identifiers(connection: Connection) -> Finding:
    """Identifiers seen with too many, largest first; by type, since their values are nobody's business here."""
    found, left_out = inspection.set_aside(connection, SHOWN)
    if not found:
        return ok("identifiers", "none is shared or left out")
    said = "; ".join(f"{each.type} ({each.standing}) in {each.bundles} bundles" for each in found)
    if left_out:
        mend = "see their `standing` in `regulars identities dump`: a placeholder belongs under [policy] blocked"
        return warn("identifiers", f"{left_out} left out of too large components; largest: {said}", mend)
    return ok("identifiers", f"shared, largest: {said}")
