"""The only place that builds concrete things and wires them."""

from importlib import import_module
from types import ModuleType

from regulars.catalogue import queries as catalogue_queries
from regulars.consent.export import export_consent
from regulars.context import Context
from regulars.decisioning import actions as decisioning_actions
from regulars.decisioning.export import export_decisions
from regulars.decisioning.journeys import store as journeys
from regulars.decisioning.journeys.export import export_journeys
from regulars.decisioning.shipped import shipped as shipped_actions
from regulars.identity import queries as identity_queries
from regulars.messaging import shipped as shipped_messages
from regulars.messaging.delivery.erase import export_deliveries
from regulars.model.parts import Export
from regulars.model.secret import Secret
from regulars.profiles import queries as profile_queries
from regulars.profiles.export import export_events, export_profile
from regulars.profiles.facts import Reading
from regulars.settings import Settings
from regulars.storage import database
from regulars.storage.audit import export_looks
from regulars.storage.cluster import Cluster
from regulars.storage.database import Connection
from regulars.storage.folder import DataFolder
from regulars.storage.queries import bind_secret
from regulars.storage.versions import DERIVED_SCHEMA

TABLES = (
    "regulars.storage.tables",
    "regulars.storage.user_tables",
    "regulars.identity.tables",
    "regulars.catalogue.tables",
    "regulars.profiles.tables",
    "regulars.profiles.listing.tables",
    "regulars.consent.tables",
    "regulars.segments.tables",
    "regulars.insights.tables",
    "regulars.decisioning.tables",
    "regulars.messaging.tables",
    "regulars.messaging.delivery.tables",
    "regulars.decisioning.journeys.tables",
    "regulars.decisioning.campaigns.tables",
    "regulars.clienteling.tables",
    "regulars.measurement.tables",
)
"""The rooms' tables; importing them is what makes them known to `storage.schema`."""

DIGEST = identity_queries.DIGEST + catalogue_queries.DIGEST + profile_queries.DIGEST
"""What `regulars digest` covers, room by room."""


EXPORT: tuple[Export, ...] = (
    export_profile,
    export_events,
    export_consent,
    export_looks,
    export_decisions,
    export_journeys,
    export_deliveries,
)
"""What each room gives to a customer's export; what each removes in an erasure is `erasure.PARTS`."""


def schema() -> ModuleType:
    """What makes the schemas, with all tables known to it; loaded late, since few commands need it and it is slow."""
    for name in TABLES:
        import_module(name)
    return import_module("regulars.storage.schema")


class App:
    """One installation: its settings, folder, secret and database."""

    def __init__(self, settings: Settings, *, create: bool = False, restoring: bool = False) -> None:
        self.settings = settings
        self.folder = DataFolder(settings.data, create=create, restoring=restoring)
        self.secret = Secret(self.folder.secret())

    @property
    def conninfo(self) -> str:
        """How to reach the database. Raises FolderError where it does not run."""
        return self.settings.database_url or self.folder.database_url()

    def cluster(self) -> Cluster | None:
        """The embedded PostgreSQL, or None where the settings name another."""
        return None if self.settings.database_url else Cluster(self.folder, self.settings.shared_buffers)

    def prepare(self) -> None:
        """Bring the database to what this program needs; safe to repeat."""
        schema().prepare(self.conninfo)
        with self.connect() as connection:
            bind_secret(connection, self.secret.mac("installation"))
            decisioning_actions.install(connection, shipped_actions())
            shipped_messages.install(connection)
            journeys.install(connection)

    def create_derived(self, name: str) -> None:
        """Make the derived tables in a schema of this name."""
        schema().create_derived(self.conninfo, name)

    def connect(self, schema: str = DERIVED_SCHEMA) -> Connection:
        """A connection in autocommit."""
        return database.connect(self.conninfo, schema, autocommit=True)

    def context(self) -> Context:
        """What the pipeline reads batches by."""
        settings = self.settings
        reading = Reading(policy=settings.policy, rules=settings.rules, currency=settings.currency)
        return Context(self.secret, settings.rules, settings.policy, reading)
