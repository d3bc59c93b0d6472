"""What `perennial transform` needs of the training account: what the jobs' role may read and write, and who it is."""

from aws_cdk import CfnOutput, Fn
from constructs import Construct

from contract.prefixes import TRANSFORMS_PREFIX
from mlops_constructs.compute.sagemaker_jobs import grant_job_telemetry
from stacks.foundation import Foundation

_JOBS = "/aws/sagemaker/TransformJobs"


def allow(scope: Construct, foundation: Foundation) -> None:
    """Let the role of SageMaker's jobs answer files below one prefix, and tell operators where its jobs run.

    Args:
        scope: whose outputs these are.
        foundation: of the account.
    """
    role, artifacts = foundation.sagemaker_role, foundation.artifacts
    artifacts.grant_read(role, TRANSFORMS_PREFIX)
    artifacts.grant_list(role, TRANSFORMS_PREFIX)
    artifacts.grant_write(role, TRANSFORMS_PREFIX)
    grant_job_telemetry(scope, role, log_groups=[f"{_JOBS}*"], namespaces=[_JOBS])
    outputs = {"SageMakerRoleArn": role.role_arn}
    if foundation.placement:
        config = foundation.placement.vpc_config
        outputs["SageMakerSubnetIds"] = Fn.join(",", list(config.subnet_ids))
        outputs["SageMakerSecurityGroupIds"] = Fn.join(",", list(config.security_group_ids))
    for name, value in outputs.items():
        CfnOutput(scope, name, value=value)
