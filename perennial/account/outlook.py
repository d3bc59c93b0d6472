"""What will serve, account by account, as far as it can be told from one of them.

The training account's registry decides for all; what another account serves now cannot be seen from here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError

from config.schema import Model
from contract.catalogue import Approval
from contract.names import STACK_NAMES, TRAINING, EnvironmentName
from perennial.account import registry, serving
from perennial.account.aws import Aws
from perennial.account.registry import Version
from perennial.account.serving import Fleet
from perennial.account.stack import Stack
from shared import versions
from shared.adapters import registry as shared

Line = tuple[str, str]
_NOT_TOLD = {"AccessDenied", "AccessDeniedException", "ValidationException"}
_STATUS = {versions.REJECTED: "is rejected", versions.PENDING: "nobody has approved"}
_NOT_CONFIGURED = (
    "it is not in the configuration here: with that deployed, the next deployment takes it off the endpoint"
)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """One model in one environment.

    Args:
        model: as it is configured.
        wanted: number of the version to serve by the registry's word, None when there is none.
        serves: number of the version that serves, None when there is none.
        seen: whether this account's endpoint could be looked at.
    """

    model: Model
    wanted: str | None
    serves: str | None
    seen: bool

    @property
    def words(self) -> str:
        """In one line, without the environment."""
        if self.wanted is None:
            return self._without()
        if not self.seen:
            return f"version {self.wanted} is to serve"
        if self.wanted == self.serves:
            return f"version {self.wanted} goes on serving"
        return f"version {self.wanted} serves next" + (f", instead of {self.serves}" if self.serves else "")

    def _without(self) -> str:
        none, keep = "no version is approved", self.model.when_unapproved == "keep"
        if not self.seen:
            what = "whatever serves goes on serving" if keep else "nothing of it is to serve"
        elif self.serves is None:
            return f"no version serves: {none}"
        else:
            what = f"version {self.serves} goes on serving" if keep else f"version {self.serves} is taken off"
        return f"{what}, although {none}" if keep else f"{what}: {none}"


def of(
    aws: Aws, stack: Stack, served: Fleet, *, model: str, models: Sequence[Model], decided: str | None = None
) -> list[Line]:
    """What will serve of a model, as pairs of environments and words; every account's from the training account.

    Args:
        aws: the account.
        stack: its stack.
        served: what its endpoints serve.
        model: the model's name.
        models: as they are configured here.
        decided: ARN of the version that was just decided about, which no deployment may know of yet.
    """
    serves = served.versions.get(model)
    number = registry.number(serves) if serves else None
    configured = {item.name: item for item in models}
    if model not in configured:
        where = served.models[model].endpoint if number else ""
        return [(where, f"version {number} serves; {_NOT_CONFIGURED}")] if number else []
    if stack.retraining_arn is None:
        return []
    found: dict[str, list[str]] = {}
    also = [*filter(None, (serves, decided)), *serving.named(aws, stack, model)]
    for environment in STACK_NAMES:
        try:
            wanted = _wanted(aws, stack, configured[model], environment=environment, also=also)
        except shared.NotReadableError as error:
            return [("every account", f"what is to serve cannot be told: {error}")]
        seen = environment == TRAINING
        outlook = Outlook(model=configured[model], wanted=wanted, serves=number if seen else None, seen=seen)
        found.setdefault(outlook.words, []).append(environment)
    return [(", ".join(environments), words) for words, environments in found.items()]


def warnings(aws: Aws, stack: Stack, served: Fleet, *, models: Sequence[Model]) -> Iterator[str]:
    """What serves in an account and may surprise: without approval, or of a model that is not configured any more."""
    configured = {item.name: item for item in models}
    for model, arn in sorted(served.versions.items()):
        number = registry.number(arn)
        if model not in configured:
            yield f"{model} serves version {number}; {_NOT_CONFIGURED}"
            continue
        version = _describe(aws, arn)
        if version is not None and version.status in _without_approval(configured[model], stack):
            told = of(aws, stack, served, model=model, models=models)
            here = "".join(f"; {words}" for environments, words in told if TRAINING in environments)
            yield f"{model} serves version {number}, which {_STATUS[version.status]}{here}"


def _without_approval(model: Model, stack: Stack) -> tuple[str, ...]:
    """Statuses of a version that serves and is not meant to; sandbox also serves what nobody judged, if told so."""
    automatic = stack.retraining_arn is not None and model.approval.sandbox == "automatic"
    return (versions.REJECTED,) if automatic else (versions.REJECTED, versions.PENDING)


def _wanted(aws: Aws, stack: Stack, model: Model, *, environment: EnvironmentName, also: Sequence[str]) -> str | None:
    approval: Approval = model.approval.sandbox if environment == TRAINING else "manual"
    read = shared.candidates(aws.client("sagemaker"), stack.group(model.name), approval=approval, also=also)
    # As a deployment does, which serves no version by the rules of another algorithm.
    fitting = [version for version in read if version.algorithm == model.family.name]
    found = versions.to_serve(fitting, approval=approval)
    return str(found.number) if found else None


def _describe(aws: Aws, arn: str) -> Version | None:
    """A version; None when the registry of another account keeps it to itself, or it is gone."""
    try:
        return registry.describe(aws, arn)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_TOLD:
            return None
        raise
