"""Grants that no laptop exercises: AWS itself uses them while it runs a job to its end for a state machine.

Which they are: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html. The rule of tuning jobs is on neither page;
public policies agree on its name.
"""

import pytest

from tests.infrastructure.templates import Template, actions, definition, granted, policy_of, resources

pytestmark = pytest.mark.security("iam")

_ARN = "arn:aws:sagemaker:us-east-1:111111111111"
_RULE = "arn:aws:events:us-east-1:111111111111:rule/StepFunctionsGetEventsForSageMaker"
# Kind of job, its ARN, and the rule that Step Functions manages.
_JOBS = [
    ("TrainingJob", f"{_ARN}:training-job/perennial-*", f"{_RULE}TrainingJobsRule"),
    ("HyperParameterTuningJob", f"{_ARN}:hyper-parameter-tuning-job/t-*", f"{_RULE}TuningJobsRule"),
    ("ProcessingJob", f"{_ARN}:processing-job/perennial-*", f"{_RULE}ProcessingJobsRule"),
]


@pytest.mark.parametrize(("job", "arn", "rule"), _JOBS, ids=[job for job, _, _ in _JOBS])
def test_a_job_of_sagemaker_is_created_described_and_stopped(job: str, arn: str, rule: str, sandbox: Template) -> None:
    found = granted(sandbox, "RetrainingRole")

    for verb in ("Create", "Describe", "Stop"):
        assert found[f"sagemaker:{verb}{job}"] == {arn}
    for action in ("sagemaker:AddTags", "sagemaker:ListTags"):
        assert arn in found[action]
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        assert rule in found[action]


def test_tags_and_rules_are_those_of_the_jobs_and_no_others(sandbox: Template) -> None:
    found = granted(sandbox, "RetrainingRole")

    for action in ("sagemaker:AddTags", "sagemaker:ListTags"):
        assert found[action] == {arn for _, arn, _ in _JOBS}
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        assert found[action] == {rule for _, _, rule in _JOBS}


def test_the_kinds_of_jobs_are_those_that_the_workflow_runs(sandbox: Template) -> None:
    integrations = {state.get("Resource", "").rpartition(":::")[2] for state in _states(sandbox)}

    # Batch transform jobs run, and are granted, where a model's family is scored by them: test_families.py.
    assert {name for name in integrations if name.endswith(".sync") and name.startswith("sagemaker:")} == {
        *(f"sagemaker:create{job}.sync" for job, _, _ in _JOBS),
        "sagemaker:createTransformJob.sync",
    }
    assert "glue:startJobRun.sync" in integrations


def test_a_glue_job_is_started_polled_and_stopped(sandbox: Template) -> None:
    found = granted(sandbox, "RetrainingRole", "glue:")

    # Step Functions polls Glue; there is no rule.
    assert set(found) == {"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"}
    assert len({frozenset(arns) for arns in found.values()}) == 1
    (arn,) = found["glue:StartJobRun"]
    assert arn.startswith("arn:aws:glue:us-east-1:111111111111:job/${Etl")


@pytest.mark.parametrize("workflow", ["RetrainingRole", "DeploymentRole"])
def test_the_role_of_the_jobs_is_handed_to_sagemaker_only(workflow: str, sandbox: Template) -> None:
    (passing,) = [item for item in policy_of(sandbox, workflow) if "iam:PassRole" in actions(item)]

    assert actions(passing) == ["iam:PassRole"]
    assert [resource.startswith("${SageMakerRole") for resource in resources(passing)] == [True]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_deployments_hand_on_the_same_role_in_every_account(each: Template) -> None:
    (passing,) = [item for item in policy_of(each, "DeploymentRole") if "iam:PassRole" in actions(item)]

    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def _states(template: Template) -> list[dict[str, str]]:
    return list(definition(template, "Retraining")["States"].values())
