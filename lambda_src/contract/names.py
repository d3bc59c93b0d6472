"""All names that are chosen rather than left to CloudFormation, but for those of a run or deployment: `run_names`."""

from dataclasses import dataclass
from typing import Literal

EnvironmentName = Literal["sandbox", "qa", "prod"]
# In the order of promotion; the first one trains.
STACK_NAMES: dict[EnvironmentName, str] = {"sandbox": "PerennialSandbox", "qa": "PerennialQa", "prod": "PerennialProd"}
TRAINING: EnvironmentName = "sandbox"
# Of all that is made, so that it can be found, and is not mistaken for somebody else's.
APP_TAG = "perennial:app"
MODEL_TAG = "perennial:model"
DEPLOYMENT_TAG = "perennial:deployment"
# Of the metrics that the functions write, and the alarms on them.
METRIC_NAMESPACE = "Perennial"
# The endpoint's only variant.
VARIANT = "AllTraffic"


def package_group(app: str, model: str) -> str:
    """Package group of a model's versions in the registry.

    Args:
        app: prefix of physical names.
        model: its name; empty for what the names of all groups begin with.
    """
    return f"{app}-{model}"


def endpoint_of(first: str, suffix: str) -> str:
    """An endpoint of an account.

    Args:
        first: name of the account's first endpoint.
        suffix: as of `Names.endpoint_of`.
    """
    return f"{first}-{suffix}" if suffix else first


@dataclass(frozen=True, kw_only=True)
class Names:
    """Physical names of one account.

    Args:
        app: prefix.
        environment: sandbox, qa or prod.
        account_id: 12 digits.
        region: AWS region.
    """

    app: str
    environment: str
    account_id: str
    region: str

    @property
    def bucket(self) -> str:
        """Artifact bucket; S3 names are global, so account and region are part of it."""
        return f"{self.app}-{self.environment}-{self.account_id}-{self.region}"

    @property
    def access_logs(self) -> str:
        """Bucket of the artifact bucket's access logs."""
        return f"{self.app}-{self.environment}-logs-{self.account_id}-{self.region}"

    @property
    def endpoint(self) -> str:
        """The account's first endpoint, which all others are named after."""
        return f"{self.app}-{self.environment}"

    def endpoint_of(self, suffix: str) -> str:
        """An endpoint of the account.

        Args:
            suffix: what its models share, or the name of its only model; empty for the first endpoint.
        """
        return endpoint_of(self.endpoint, suffix)

    @property
    def retraining(self) -> str:
        """State machine that retrains a model."""
        return f"{self.app}-retraining"

    @property
    def deployment(self) -> str:
        """State machine that deploys to the endpoints."""
        return f"{self.app}-deployment"

    @property
    def batch_transform(self) -> str:
        """State machine that lets a model answer files."""
        return f"{self.app}-batch-transform"

    @property
    def schedule_group(self) -> str:
        """EventBridge Scheduler group."""
        return self.app

    @property
    def etl_job(self) -> str:
        """Glue job that runs the models' scripts."""
        return f"{self.app}-etl"

    @property
    def glue_logs(self) -> str:
        """Prefix of the log groups of Glue's jobs; below AWS's own, where its managed policies look for them."""
        return f"/aws-glue/{self.app}"

    def extract_job(self, warehouse: str) -> str:
        """Glue job that reads a warehouse."""
        return f"{self.app}-{warehouse}-extract"

    def connection(self, warehouse: str) -> str:
        """Glue connection of a warehouse."""
        return f"{self.app}-{warehouse}"

    @property
    def deployment_role(self) -> str:
        """Role of the deployment functions, which the registry's account lets in by name."""
        return f"{self.app}-deployment"

    @property
    def deployment_role_arn(self) -> str:
        """Its ARN, in the one partition that the app is for."""
        return f"arn:aws:iam::{self.account_id}:role/{self.deployment_role}"

    @property
    def smoke_role(self) -> str:
        """Role that the promotion pipeline takes on to prove that the endpoints serve."""
        return f"{self.app}-smoke"

    @property
    def smoke_role_arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account_id}:role/{self.smoke_role}"

    @property
    def smoke_tester(self) -> str:
        """Role of the pipeline's account that takes on the smoke role."""
        return f"{self.app}-pipeline-smoke-{self.environment}"
