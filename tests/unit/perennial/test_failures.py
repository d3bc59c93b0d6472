"""The one line of a failure: causes as Step Functions gives them for each kind of work."""

import json

import pytest

from perennial.account import failures, history
from perennial.account.failures import Log
from tests.unit.perennial.events import Events

# Shapes: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html and the Describe calls of SageMaker's jobs.
_GLUE = {
    "AllocatedCapacity": 2,
    "ErrorMessage": "DataError: line 3 of s3://b/raw/m/a.csv has 4 columns,\n needs 5",
    "Id": "jr_1",
    "JobName": "perennial-etl",
    "JobRunState": "FAILED",
    "LogGroupName": "/aws-glue/jobs",
}
_TRAINING = {
    "FailureReason": "AlgorithmError: label must be in [0,1], exit code: 1",
    "TrainingJobName": "perennial-m-1",
    "TrainingJobStatus": "Failed",
}
_PROCESSING = {
    "ExitMessage": "EvaluationError: the test part has no rows",
    "FailureReason": "AlgorithmError: See job logs for more information",
    "ProcessingJobName": "perennial-m-2",
    "ProcessingJobStatus": "Failed",
}
_TRANSFORM = {
    "FailureReason": "ClientError: See job logs for more information",
    "ModelName": "perennial-m-3",
    "TransformJobName": "perennial-m-4",
    "TransformJobStatus": "Failed",
}
_TUNING = {"HyperParameterTuningJobName": "t-1", "HyperParameterTuningJobStatus": "Stopped"}
_FUNCTION = {
    "errorMessage": "no report.json",
    "errorType": "InvalidEventError",
    "requestId": "1",
    "stackTrace": ["  File x\n"],
}


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (_GLUE, "DataError: line 3 of s3://b/raw/m/a.csv has 4 columns, needs 5"),
        ({**_GLUE, "ErrorMessage": None, "JobRunState": "TIMEOUT"}, "run jr_1 of perennial-etl is TIMEOUT"),
        (_TRAINING, "AlgorithmError: label must be in [0,1], exit code: 1"),
        (_PROCESSING, "EvaluationError: the test part has no rows"),
        (_TRANSFORM, "ClientError: See job logs for more information"),
        (_TUNING, "t-1 is Stopped, and gave no reason"),
        (_FUNCTION, "no report.json"),
        ({"Code": "x", "More": {"a": 1}}, "Code x"),
    ],
)
def test_a_description_is_told_by_its_reason(cause: dict[str, object], line: str) -> None:
    assert failures.reason(json.dumps(cause)) == line


@pytest.mark.parametrize("cause", ["0.73 is too low", '{"ErrorMessage": "cut', "[1]", "3", ""])
def test_a_cause_that_is_no_description_is_told_as_it_is(cause: str) -> None:
    assert failures.reason(cause) == cause


@pytest.mark.parametrize(
    ("cause", "place"),
    [
        (_GLUE, Log(groups=("/aws-glue/jobs/error", "/aws-glue/jobs/output"), stream="jr_1", glue_job="perennial-etl")),
        (
            {**_GLUE, "LogGroupName": "/own"},
            Log(groups=("/own/error", "/own/output"), stream="jr_1", glue_job="perennial-etl"),
        ),
        (_TRAINING, Log(groups=("/aws/sagemaker/TrainingJobs",), stream="perennial-m-1")),
        (_PROCESSING, Log(groups=("/aws/sagemaker/ProcessingJobs",), stream="perennial-m-2")),
        (_TRANSFORM, Log(groups=("/aws/sagemaker/TransformJobs",), stream="perennial-m-4")),
        (_TUNING, Log(groups=("/aws/sagemaker/TrainingJobs",), stream="t-1")),
        (_FUNCTION, None),
    ],
)
def test_a_job_is_told_by_its_log(cause: dict[str, object], place: Log | None) -> None:
    assert failures.log(json.dumps(cause)) == place


def test_a_failure_is_told_by_the_state_that_failed_first_and_not_by_the_last() -> None:
    events = Events()
    events.enter("Train")
    events.fail_task("States.TaskFailed")
    events.exit("Train")
    events.task("Notify Failure")
    events.enter("Retraining Failed", "Fail")
    events.add("ExecutionFailed", executionFailedEventDetails={"error": "States.TaskFailed", "cause": "it broke"})
    seen = history.parse(events.events)
    assert failures.state(seen, error="States.TaskFailed") == "Train"
    assert failures.state(seen, error="ModelAccuracyTooLow") is None


def test_a_refusal_of_the_definitions_own_has_no_state_that_failed() -> None:
    events = Events()
    events.enter("Model Accuracy Too Low", "Fail")
    events.add("ExecutionFailed", executionFailedEventDetails={"error": "ModelAccuracyTooLow", "cause": "0.7"})
    assert failures.state(history.parse(events.events), error="ModelAccuracyTooLow") is None
