"""What only the program as a whole can put together, handed to the pages when the server is made."""

from typing import Protocol

import msgspec

from regulars.model.parts import Export


class Forget(Protocol):
    """Erases a customer as `regulars customers erase` does, and returns once the pipeline has carried it out."""

    def __call__(self, customer: bytes, keys: list[bytes]) -> object:
        """Erase the customer who holds the identifiers of these keys; run in a thread, since it waits."""


class Composed(msgspec.Struct, frozen=True):
    """The name under which the pipeline's cursor knows the rules, the parts of an export, and how to erase."""

    rules_name: str = ""
    export: tuple[Export, ...] = ()
    forget: Forget | None = None


COMPOSED = Composed()
