"""What only the program as a whole can put together, handed to the pages when the server is made."""

from pathlib import Path
from typing import Protocol

import msgspec

from regulars.decisioning.deciding import Deciding
from regulars.messaging.channels.settings import Mail, Webhooks
from regulars.model.contact import ContactPolicy
from regulars.model.kinds import ConsentSettings
from regulars.model.parts import Export
from regulars.recommendations.files import Latest
from regulars.segments.moment import AUTO


class Forget(Protocol):
    """Erases a customer as `regulars customers erase` does, and returns once the pipeline has carried it out."""

    def __call__(self, customer: bytes, keys: list[bytes]) -> object:
        """Erase the customer who holds the identifiers of these keys; run in a thread, since it waits."""


class Segmenting(msgspec.Struct, frozen=True):
    """What segments are tried out on: the lake's folder, and the setting `as_of`."""

    lake: Path
    as_of: str


class Acting(msgspec.Struct, frozen=True):
    """What journeys and campaigns are decided and tried out by: the lake's folder, the setting `as_of`, the model."""

    deciding: Deciding
    lake: Path
    as_of: str
    latest: Latest


class Composed(msgspec.Struct, frozen=True):
    """The name under which the pipeline's cursor knows the rules, the parts of an export, how to erase, the model.

    Without `segmenting`, rules can be kept but not tried out.
    """

    rules_name: str = ""
    export: tuple[Export, ...] = ()
    forget: Forget | None = None
    latest: Latest = Latest()
    segmenting: Segmenting | None = None
    contact: ContactPolicy = ContactPolicy()
    consent: ConsentSettings = ConsentSettings()
    acting: Acting | None = None
    mail: Mail = Mail()
    webhooks: Webhooks = Webhooks()

    @property
    def as_of(self) -> str:
        """The setting `as_of`."""
        return AUTO if self.segmenting is None else self.segmenting.as_of


COMPOSED = Composed()
