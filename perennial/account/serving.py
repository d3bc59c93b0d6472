"""What an account's endpoints serve, read from each of them: its configuration, its model and the manifest.

Which endpoints there are the account's own record tells: the first one is in the stack's outputs, and deployments note
the others in the state table, which neither grows a stack nor changes it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract import container, keys, manifest, variants
from contract.family import Family
from contract.golden import Golden
from contract.names import endpoint_of
from perennial.account import records
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

_CHUNK = 1 << 20
_NOT_THERE = "not created yet"


@dataclass(frozen=True, kw_only=True)
class Served:
    """One model behind an endpoint.

    Args:
        arn: its version.
        digest: SHA-256 of the artifact as it was registered, in hex.
        golden: one held-out row, and what the version answered to it when it was evaluated.
        family: how it is served.
        uri: where the artifact that is served lies.
        endpoint: name of the endpoint.
    """

    arn: str
    digest: str
    golden: Golden
    family: Family
    uri: str
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class Serving:
    """An endpoint.

    Args:
        status: EndpointStatus, ``not created yet`` when there is none.
        config: name of its configuration.
        models: what is served, by the models' names.
    """

    status: str
    config: str = ""
    models: Mapping[str, Served] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Whether there is such an endpoint, whatever its state."""
        return self.status != _NOT_THERE

    @property
    def versions(self) -> dict[str, str]:
        """ARN of the version by model."""
        return {name: model.arn for name, model in self.models.items()}


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All endpoints of an account.

    Args:
        endpoints: by their names, the first one first.
    """

    endpoints: Mapping[str, Serving]

    @property
    def models(self) -> dict[str, Served]:
        """What is served, by the models' names; of a model that moves, where it moves to."""
        return {name: model for serving in self.endpoints.values() for name, model in serving.models.items()}

    @property
    def versions(self) -> dict[str, str]:
        """ARN of the version by model."""
        return {name: model.arn for name, model in self.models.items()}

    def model(self, name: str) -> Served:
        """One of the models.

        Raises:
            OperatorError: it is not served.
        """
        found = self.models
        if name not in found:
            known = ", ".join(sorted(found)) or "no model"
            statuses = " and ".join(f"{endpoint} is {serving.status}" for endpoint, serving in self.endpoints.items())
            raise OperatorError(f"no model {name!r} is served here: {statuses}, and {known} is served")
        return found[name]


def names(aws: Aws, stack: Stack) -> list[str]:
    """Names of an account's endpoints, the first one first, even before it is there."""
    others = (records.state(aws, stack.table, keys.ENDPOINTS) or {}).get("endpoints", ())
    return [stack.endpoint, *sorted(others)]


def fleet(aws: Aws, stack: Stack) -> Fleet:
    """Look at all endpoints of a stack's account; an account may do without the first one where there are others."""
    found = {name: read(aws, name) for name in names(aws, stack)}
    if len(found) > 1 and not found[stack.endpoint].is_there and not was_deployed(aws, stack, stack.endpoint):
        del found[stack.endpoint]
    return Fleet(endpoints=found)


def named(aws: Aws, stack: Stack, model: str) -> list[str]:
    """Old versions of a model that deployments, to whichever endpoint, know to be approved again."""
    # Its own endpoint may be one that no deployment reached yet.
    endpoints = dict.fromkeys([*names(aws, stack), endpoint_of(stack.endpoint, model)])
    found = (records.state(aws, stack.table, keys.NAMED.of(endpoint)) or {} for endpoint in endpoints)
    return list(dict.fromkeys(arn for item in found for arn in item.get("models", {}).get(model, [])))


def was_deployed(aws: Aws, stack: Stack, endpoint: str) -> bool:
    """Whether an endpoint has to be there: a deployment to it was proven, and none removed it since."""
    record = records.state(aws, stack.table, keys.DEPLOYMENTS.of(endpoint)) or {}
    return bool(record.get("retained")) and not record.get("removed")


def read(aws: Aws, endpoint_name: str) -> Serving:
    """Look at one endpoint."""
    endpoint = aws.endpoint(endpoint_name)
    if endpoint is None:
        return Serving(status=_NOT_THERE)
    status = str(endpoint["EndpointStatus"])
    if status in {"Creating", "Failed"}:
        # It has a configuration, but nothing answers from it.
        return Serving(status=status)
    client, config = aws.client("sagemaker"), str(endpoint["EndpointConfigName"])
    variant = variants.ours(client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"])
    prefix = container.model_data_prefix(client.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"])
    served = manifest.from_dict(json.loads(aws.read(manifest.uri(prefix))))
    return Serving(
        status=status,
        config=config,
        models={
            name: Served(
                arn=model.model_package_arn,
                digest=model.digest,
                golden=Golden(request=model.golden_request, answer=model.golden_answer),
                family=model.family,
                uri=manifest.artifact_uri(prefix, name),
                endpoint=endpoint_name,
            )
            for name, model in served.models.items()
        },
    )


def digest(aws: Aws, uri: str) -> str:
    """SHA-256 of an object's bytes as they lie there now, in hex."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found = hashlib.sha256()
    for chunk in aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK):
        found.update(chunk)
    return found.hexdigest()
