"""What an account's endpoint serves, read from the endpoint itself: its configuration, its model and the manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from contract import manifest, variants
from contract.family import Family
from contract.golden import Golden
from perennial.account.aws import Aws
from perennial.account.stack import Stack
from perennial.errors import OperatorError

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Served:
    """One model behind the endpoint.

    Args:
        arn: its version.
        digest: SHA-256 of the artifact as it was registered, in hex.
        golden: one held-out row, and what the version answered to it when it was evaluated.
        family: how it is served.
        uri: where the artifact that is served lies.
    """

    arn: str
    digest: str
    golden: Golden
    family: Family
    uri: str


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
    def versions(self) -> dict[str, str]:
        """ARN of the version by model."""
        return {name: model.arn for name, model in self.models.items()}

    def model(self, name: str) -> Served:
        """One of the models.

        Raises:
            OperatorError: it is not served.
        """
        if name not in self.models:
            known = ", ".join(sorted(self.models)) or "no model"
            raise OperatorError(f"no model {name!r} is served here, the endpoint is {self.status} and serves {known}")
        return self.models[name]


def read(aws: Aws, stack: Stack) -> Serving:
    """Look at the endpoint of a stack."""
    endpoint = aws.endpoint(stack.endpoint)
    if endpoint is None:
        return Serving(status="not created yet")
    status = str(endpoint["EndpointStatus"])
    if status in {"Creating", "Failed"}:
        # It has a configuration, but nothing answers from it.
        return Serving(status=status)
    client, config = aws.client("sagemaker"), str(endpoint["EndpointConfigName"])
    variant = variants.ours(client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"])
    prefix = client.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["ModelDataUrl"]
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
