"""Where SageMaker's jobs and models run, as its requests say it. The module is pure: the definitions read it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class VpcConfig:
    """Subnets and security groups of a job or model.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html

    Args:
        subnet_ids: at least two, in different availability zones, for models.
        security_group_ids: of the network interfaces.
    """

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]

    @property
    def value(self) -> dict[str, list[str]]:
        """The parameter VpcConfig."""
        return {"SecurityGroupIds": list(self.security_group_ids), "Subnets": list(self.subnet_ids)}
