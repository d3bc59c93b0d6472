"""All physical names; everything else is left to CloudFormation."""

from dataclasses import dataclass


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
    def endpoint(self) -> str:
        """Multi-model endpoint."""
        return f"{self.app}-{self.environment}"

    @property
    def schedule_group(self) -> str:
        """EventBridge Scheduler group."""
        return f"{self.app}-retraining"

    def etl_job(self, model: str) -> str:
        """Glue job of a model."""
        return f"{self.app}-{model}"
