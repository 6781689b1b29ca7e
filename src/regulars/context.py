"""What every batch of the log is read by."""

from hashlib import sha256

import msgspec

from regulars.identity.blocked import Policy
from regulars.identity.normalise import NORMALISER_VERSION
from regulars.identity.rules import RULES, Rules
from regulars.model.secret import Secret
from regulars.profiles.facts import Reading
from regulars.profiles.fragment import VERSION

_settle = msgspec.json.Encoder(order="deterministic").encode


class Context(msgspec.Struct, frozen=True):
    """The secret and the settings that decide what is derived."""

    secret: Secret
    rules: Rules = RULES
    policy: Policy = Policy()
    reading: Reading = Reading()

    @property
    def rules_name(self) -> str:
        """The version of the identity rules and a hash of all settings that decide what is derived.

        The cursor and digests name it, so that what was made under one setting is never continued under another.
        """
        decisive = (self.rules, self.policy, self.reading.currency, self.reading.bounds, NORMALISER_VERSION, VERSION)
        return f"rules-{self.rules.version}-{sha256(_settle(decisive)).hexdigest()[:8]}"
