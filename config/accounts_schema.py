"""The schema of config/accounts.yaml."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from config.network_schema import AvailabilityZone, Network, SecurityGroupId, SubnetId
from config.problems import refuse
from config.schema import Name
from config.strict import Strict
from config.training_schema import InstanceType
from contract.names import EnvironmentName

# SageMaker ends an update after eight hours; one of them is for the new fleet's start.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
_LONGEST_WAIT_SECONDS = 7 * 3600
# A roll-back alarm needs two bad minutes of three, and metrics come up to a minute late.
_SHORTEST_WATCH_SECONDS = 240
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
# Name of a managed policy, after its path: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
PolicyName = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}$", max_length=512)
]

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
_OF_CODEBUILD = "CODEBUILD_"
# The variable of the build that holds what tests.
TEST_COMMAND = "TEST_COMMAND"


class Autoscaling(Strict):
    """Target tracking on the invocations per instance and minute."""

    min_count: int = Field(ge=1)
    max_count: int = Field(ge=1)
    invocations_per_instance: int = Field(ge=1)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.min_count > self.max_count:
            raise ValueError(f"min_count must not exceed max_count, got {self.min_count} and {self.max_count}")
        return self


class UpdatePolicy(Strict):
    """How SageMaker moves traffic from the old fleet to the new one.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
    """

    type: Literal["all_at_once", "canary", "linear"] = "all_at_once"
    step_percent: int = Field(default=50, ge=10, le=50)
    wait_seconds: int = Field(default=0, ge=0, le=3600)
    termination_wait_seconds: int = Field(default=0, ge=0, le=3600)

    @model_validator(mode="after")
    def _ends_in_time(self) -> Self:
        steps = math.ceil(100 / self.step_percent) if self.type == "linear" else 1
        waited = steps * self.wait_seconds + self.termination_wait_seconds
        if waited > _LONGEST_WAIT_SECONDS:
            raise ValueError(
                f"an update may wait {_LONGEST_WAIT_SECONDS} seconds in all, got {steps} x {self.wait_seconds} "
                f"+ {self.termination_wait_seconds}; lower wait_seconds or raise step_percent"
            )
        if 0 < waited < _SHORTEST_WATCH_SECONDS:
            raise ValueError(
                f"an update of {waited} seconds ends before its alarms can go off, which look at three minutes; wait "
                f"{_SHORTEST_WATCH_SECONDS} seconds or more in all, or not at all"
            )
        return self


class Serving(Strict):
    """One environment's multi-model endpoint."""

    instance_type: InstanceType
    instance_count: int = Field(ge=1)
    autoscaling: Autoscaling | None = None
    update_policy: UpdatePolicy = UpdatePolicy()
    keep_deployments: int = Field(default=3, ge=1)
    # Also a roll-back alarm of canary and linear updates.
    max_model_latency_ms: int = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def _starts_within_its_bounds(self) -> Self:
        scale = self.autoscaling
        if scale and not scale.min_count <= self.instance_count <= scale.max_count:
            raise ValueError(
                f"instance_count must lie within autoscaling's {scale.min_count} to {scale.max_count}, "
                f"got {self.instance_count}"
            )
        return self

    @model_validator(mode="after")
    def _part_of_the_fleet_can_be_moved(self) -> Self:
        smallest = self.autoscaling.min_count if self.autoscaling else self.instance_count
        if self.update_policy.type != "all_at_once" and smallest < 2:  # noqa: PLR2004  # half of one is none
            raise ValueError(
                f"update_policy {self.update_policy.type} needs at least 2 instances, got {smallest}: "
                "SageMaker moves at most half of the fleet in one step"
            )
        return self


class Environment(Strict):
    """One account."""

    account_id: AccountId
    serving: Serving
    # Without one everything runs in networks of AWS.
    network: Network | None = None


class WarehouseNetwork(Strict):
    """Where the extract job runs when the warehouse has no public address.

    The security group must let all TCP in from itself, and the subnet must reach S3, Secrets Manager and PyPI.
    """

    subnet_id: SubnetId
    security_group_id: SecurityGroupId
    availability_zone: AvailabilityZone


class Warehouse(Strict):
    """A PostgreSQL-compatible warehouse (Redshift, PostgreSQL).

    ``secret_name`` names a Secrets Manager secret with the keys ``username`` and ``password``; the stack does not make
    it, so that no password passes through a template.
    """

    engine: Literal["postgresql", "redshift"]
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+$")]
    port: int = Field(ge=1, le=65535)
    database: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
    ssl: bool = True
    network: WarehouseNetwork | None = None
    secret_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]+$")]


class ConnectionSource(Strict):
    """A repository on GitHub, GitLab or Bitbucket, through a connection that was authorized in the console.

    Reference: https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-create.html
    """

    type: Literal["connection"] = "connection"
    connection_arn: Annotated[
        str,
        StringConstraints(
            pattern=r"^arn:aws:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}$"
        ),
    ]
    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$")]
    branch: Annotated[str, StringConstraints(min_length=1)] = "main"


class CodeCommitSource(Strict):
    """A CodeCommit repository of the pipeline's account."""

    type: Literal["codecommit"]
    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=100)]
    branch: Annotated[str, StringConstraints(min_length=1)] = "main"


class Pipeline(Strict):
    """Where the promotion pipeline runs, and what it deploys.

    The account may be one of the three or one of its own; each of the three trusts it.
    """

    account_id: AccountId
    source: Annotated[ConnectionSource | CodeCommitSource, Field(discriminator="type")]
    # What has to succeed before anything is deployed, in a shell of the build that synthesises.
    test_command: Annotated[str, StringConstraints(min_length=1)] = "make test"
    # Of the same build, for example PIP_INDEX_URL; they stand in the template, so that no secret belongs here.
    variables: dict[VariableName, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_names_to_others(self) -> Self:
        for name in self.variables:
            if name.startswith(_OF_CODEBUILD):
                raise refuse((("variables", name), f"names that begin with {_OF_CODEBUILD} are CodeBuild's; rename it"))
            if name == TEST_COMMAND:
                raise refuse((("variables", name), "it is what test_command sets; set that"))
        return self

    @model_validator(mode="after")
    def _owns_its_connection(self) -> Self:
        if isinstance(self.source, ConnectionSource) and self.source.connection_arn.split(":")[4] != self.account_id:
            raise refuse(
                (
                    ("source", "connection_arn"),
                    f"it must belong to the pipeline's account_id {self.account_id}, got {self.source.connection_arn}",
                )
            )
        return self


class Accounts(Strict):
    """config/accounts.yaml."""

    app: Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=12)]
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    # A customer-managed policy of every account, for example ``boundaries/developers``.
    permissions_boundary: PolicyName | None = None
    environments: dict[EnvironmentName, Environment]
    warehouses: dict[Name, Warehouse] = Field(default_factory=dict)
    pipeline: Pipeline | None = None

    @model_validator(mode="after")
    def _three_different_accounts(self) -> Self:
        missing = {"sandbox", "qa", "prod"} - set(self.environments)
        if missing:
            raise refuse((("environments",), f"it must have sandbox, qa and prod, missing {sorted(missing)}"))
        ids = [environment.account_id for environment in self.environments.values()]
        if len(set(ids)) != len(ids):
            raise refuse((("environments",), f"account ids must differ, got {ids}; one account for each environment"))
        return self

    @model_validator(mode="after")
    def _networks_lie_in_the_region(self) -> Self:
        for name, environment in self.environments.items():
            zones = environment.network.zones if environment.network else ()
            # A zone is its region and a letter.
            if foreign := sorted({zone for zone in zones if zone[:-1] != self.region}):
                raise refuse((("environments", name, "network"), f"it must lie in {self.region}, got {foreign}"))
        return self

    @model_validator(mode="after")
    def _extracts_stay_in_a_network(self) -> Self:
        without = sorted(name for name, warehouse in self.warehouses.items() if warehouse.network is None)
        if self.environments["sandbox"].network and without:
            raise refuse(
                *(
                    (
                        ("warehouses", name),
                        "set its network: sandbox has one, and its jobs must not run outside of it",
                    )
                    for name in without
                )
            )
        return self
