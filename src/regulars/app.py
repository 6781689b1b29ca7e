"""The only place that builds concrete things and wires them."""

from regulars.identity import queries as identity_queries
from regulars.identity import tables as identity_tables
from regulars.model.secret import Secret
from regulars.pipeline import Context
from regulars.profiles import queries as profile_queries
from regulars.profiles import tables as profile_tables
from regulars.profiles.facts import Reading
from regulars.settings import Settings
from regulars.storage import database, tables
from regulars.storage.cluster import Cluster
from regulars.storage.database import Connection
from regulars.storage.folder import DataFolder
from regulars.storage.metadata import DERIVED_SCHEMA
from regulars.storage.queries import bind_secret

TABLES = (tables, identity_tables, profile_tables)
"""The rooms' tables; importing them is what makes them known to `storage.database`."""

DIGEST = identity_queries.DIGEST + profile_queries.DIGEST
"""What `regulars digest` covers, room by room."""


class App:
    """One installation: its settings, folder, secret and database."""

    def __init__(self, settings: Settings, *, create: bool = False) -> None:
        self.settings = settings
        self.folder = DataFolder(settings.data, create=create)
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
        database.prepare(self.conninfo)
        with self.connect() as connection:
            bind_secret(connection, self.secret.mac("installation"))

    def connect(self, schema: str = DERIVED_SCHEMA) -> Connection:
        """A connection in autocommit."""
        return database.connect(self.conninfo, schema, autocommit=True)

    def context(self) -> Context:
        """What the pipeline reads batches by."""
        settings = self.settings
        reading = Reading(policy=settings.policy, rules=settings.rules, currency=settings.currency)
        return Context(self.secret, settings.rules, settings.policy, reading)
