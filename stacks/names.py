"""All physical names; everything else is left to CloudFormation."""

from dataclasses import dataclass

from config.schema import EnvironmentName

# In the order of promotion; the first one trains.
STACK_NAMES: dict[EnvironmentName, str] = {"sandbox": "PerennialSandbox", "qa": "PerennialQa", "prod": "PerennialProd"}
TRAINING: EnvironmentName = "sandbox"


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
        """Multi-model endpoint."""
        return f"{self.app}-{self.environment}"

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
        """Role that the promotion pipeline takes on to prove that the endpoint serves."""
        return f"{self.app}-smoke"

    @property
    def smoke_role_arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account_id}:role/{self.smoke_role}"

    @property
    def smoke_tester(self) -> str:
        """Role of the pipeline's account that takes on the smoke role."""
        return f"{self.app}-pipeline-smoke-{self.environment}"
