"""What a customer said about being contacted, and what follows from it."""

import msgspec

from regulars.model.source import Trust

GIVEN = "given"
WITHDRAWN = "withdrawn"
ALL = "*"
"""Stands for every purpose or every channel where a word names none."""
LIFTED = "lifted"
"""The basis of a word that is given only to take a withdrawal back: by itself it permits nothing."""


class ConsentWord(msgspec.Struct, frozen=True):
    """One word of consent for (purpose, channel, address).

    `address` is a normalised identifier as `type:value`, with its id `space`; `covers_all` marks a word that named no
    address and so holds for every address of its speaker. `word` is `given` or `withdrawn`; `time` is in microseconds
    since 1970 UTC. `wording`, `basis` and `proof` are kept as sent. A word about one topic of a purpose has both in
    `purpose`, as `marketing/back-in-store`.
    """

    purpose: str
    channel: str
    address: str
    space: str
    covers_all: bool
    word: str
    trust: Trust
    time: int
    message_id: str
    source: str
    wording: str = ""
    basis: str = ""
    proof: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, bool, int]:
        """What a later word must share to replace this one.

        A word for all is lifted only by a word for all, and a server's only by a server's.
        """
        return (self.purpose, self.channel, self.address, self.space, self.covers_all, int(self.trust))

    @property
    def rank(self) -> tuple[int, bool, str, str]:
        """Latest wins; at one moment `withdrawn` wins over `given`; then message id and source."""
        return (self.time, self.word == WITHDRAWN, self.message_id, self.source)


class Permission(msgspec.Struct, frozen=True):
    """Whether a message may go to an address, and why in plain words.

    `code` is '' where it may, else `shared_address`, `withdrawn`, `topic_off` or `no_consent`.
    """

    allowed: bool
    why: str
    code: str = ""
