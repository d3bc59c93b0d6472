"""Keys of the state table's items; docs/architecture.md tells what each item holds.

A key is spelled here and nowhere else: functions and tools ask for its text, state machines for its JSONata, policies
for its pattern.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """The key of one kind of item, of which there is one for each model or endpoint.

    Args:
        prefix: what comes before the name of the model or endpoint.
    """

    prefix: str

    def of(self, name: str) -> str:
        """The key of one model's or endpoint's item."""
        return f"{self.prefix}{name}"

    def jsonata(self, name: str) -> str:
        """The key in a state machine.

        Args:
            name: JSONata, without its braces, for the name of the model or endpoint.
        """
        return f"{{% '{self.prefix}' & {name} %}}"

    def name(self, key: str) -> str:
        """The model or endpoint that a key of this kind is about."""
        return key.removeprefix(self.prefix)

    def begins(self, key: str) -> bool:
        """Whether a key is of this kind."""
        return key.startswith(self.prefix)

    @property
    def pattern(self) -> str:
        """All keys of this kind, as a policy's StringLike takes it."""
        return f"{self.prefix}*"


# A model's last success.
MODEL = Key("model#")
# What is known of a model's raw data.
INPUTS = Key("inputs#")
# Who retrains a model, and who deploys to an endpoint. All are leases: those of endpoints begin like all others.
MODEL_LEASE = Key("lease#")
ENDPOINT_LEASE = Key(MODEL_LEASE.of("endpoint#"))
# Who lets a model answer files by its schedule, and what it answered last.
TRANSFORM_LEASE = Key(MODEL_LEASE.of("transform#"))
TRANSFORMED = Key("transformed#")
# The deployments to an endpoint that can be gone back to.
DEPLOYMENTS = Key("deployments#")
# Old versions that somebody named, of an endpoint's models.
NAMED = Key("named#")
# Versions of the last deployment to an endpoint that failed.
FAILED = Key("failed#")
# The account's endpoints besides its first one: whoever wants to know what serves looks there and at the first one.
ENDPOINTS = "endpoints"
# The dispatcher's last look at all models.
LAST_TICK = "dispatcher#last-tick"
