"""One retraining run as a state machine, in JSONata: from the lease to the registered version.

What serves the version is in `deployment_definition`. The module is pure: strings in, Amazon States Language out.
"""

from dataclasses import dataclass
from typing import Any

from contract import keys, run_names
from contract.names import package_group
from contract.prefixes import EVALUATION_FILE, EVALUATIONS_PREFIX, RAW_PREFIX, REPORT_FILE, RUNS_PREFIX, folder_jsonata
from mlops_constructs.retraining import jobs as retraining_jobs
from mlops_constructs.retraining.jobs import Surroundings
from mlops_constructs.states import asl, leases

RUN_TIMEOUT_SECONDS = 24 * 3600
# Longer than any run, so that a lease never expires under a run that is alive.
_LEASE_SECONDS = RUN_TIMEOUT_SECONDS + 600
# More than any model's name has, and few enough for a key of DynamoDB (2048 bytes) and a message of SNS.
_LONGEST_MODEL = 64
_MODEL_LEASE = keys.MODEL_LEASE.jsonata("$model")
_FAILED = "Notify Failure"
ACCURACY_TOO_LOW = "ModelAccuracyTooLow"


@dataclass(frozen=True, kw_only=True)
class Functions:
    """ARNs of the Lambda functions, by state."""

    load_configuration: str
    look_at_inputs: str
    plan_tuning: str
    query_training_results: str
    prepare_evaluation: str
    judge_candidate: str
    save_model: str


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Everything a run needs to know of its surroundings.

    Args:
        gate_title: name of the gate's Choice state.
        surroundings: what the jobs need.
        table_name: state table.
        history_table_name: history table.
        functions: Lambda functions.
        topic_arn: failure notifications.
        deployment_arn: state machine that serves what was registered.
    """

    gate_title: str
    surroundings: Surroundings
    table_name: str
    history_table_name: str
    functions: Functions
    topic_arn: str
    deployment_arn: str


def definition(run: Retraining) -> dict[str, Any]:
    """The whole state machine."""
    return {
        "Comment": "Retrains one model: lease, ETL, training or tuning, evaluation, quality gate, registry.",
        "QueryLanguage": "JSONata",
        "StartAt": "Identify Run",
        "TimeoutSeconds": RUN_TIMEOUT_SECONDS,
        "States": {
            **_start(run),
            **_data(run),
            **_training(run),
            **_evaluation(run),
            **_registry(run),
            **_success(run),
            **_failure(run),
        },
    }


def _start(run: Retraining) -> dict[str, asl.State]:
    app, bucket = run.surroundings.app, run.surroundings.bucket_name

    def run_folder(prefix: str, bucket_name: str | None = None) -> str:
        return folder_jsonata(prefix, "$model", "$run_id", bucket_name=bucket_name)

    return {
        "Identify Run": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                "model": (
                    # Cut, because it goes into keys and messages even when it is no model's name.
                    f"{{% $exists($states.input.model) ? $substring($string($states.input.model), 0, {_LONGEST_MODEL})"
                    " : '' %}"
                ),
                "force": "{% $states.input.force = true %}",
                "test_run": "{% $states.input.test_run = true %}",
                "run_id": run_names.RUN_ID,
            },
            "Next": "Load Configuration",
        },
        "Load Configuration": _function(
            run.functions.load_configuration,
            {"model": "{% $model %}", "input": "{% $states.input %}"},
            next_state="Take Lease",
            assign={
                "config": "{% $states.result.Payload %}",
                "run_key": f"{{% {run_folder(RUNS_PREFIX)} %}}",
                "run_uri": f"{{% {run_folder(RUNS_PREFIX, bucket)} %}}",
                "evaluation_key": f"{{% {run_folder(EVALUATIONS_PREFIX)} %}}",
                "evaluation_uri": f"{{% {run_folder(EVALUATIONS_PREFIX, bucket)} %}}",
                "group": f"{{% '{package_group(app, '')}' & $model %}}",
            },
        ),
        "Take Lease": leases.take(
            table_name=run.table_name,
            key=_MODEL_LEASE,
            lease_seconds=_LEASE_SECONDS,
            next_state="Look at Inputs",
            on_busy="Who Has the Lease?",
            on_failure=_FAILED,
        ),
        **leases.take_over(
            table_name=run.table_name,
            key=_MODEL_LEASE,
            lease_seconds=_LEASE_SECONDS,
            retake="Take Lease",
            next_state="Look at Inputs",
            on_busy="Already Running",
            on_failure=_FAILED,
        ),
        "Already Running": {"Type": "Succeed", "Output": {"outcome": "already running", "model": "{% $model %}"}},
    }


def _data(run: Retraining) -> dict[str, asl.State]:
    raw = f"{{% {folder_jsonata(RAW_PREFIX, '$model', bucket_name=run.surroundings.bucket_name)} %}}"
    etl = "Extract, Transform, Load"
    return {
        "Look at Inputs": _function(
            run.functions.look_at_inputs,
            {
                "model": "{% $model %}",
                "group": "{% $group %}",
                "raw": raw,
                "report": f"{{% $run_uri & '{REPORT_FILE}' %}}",
                "force": "{% $force %}",
                "test_run": "{% $test_run %}",
            },
            next_state="Anything New?",
            assign={
                "inputs_changed": "{% $states.result.Payload.changed %}",
                "last_fingerprint": "{% $states.result.Payload.last_fingerprint %}",
            },
        ),
        "Anything New?": asl.choice(
            [("{% $inputs_changed %}", "Where Is the Data?")], default="Release Lease, Nothing New"
        ),
        "Where Is the Data?": asl.choice(
            [("{% $config.source.type = 'warehouse' %}", "Extract from Warehouse")], default="Raw Files"
        ),
        "Extract from Warehouse": retraining_jobs.extract(run.surroundings, next_state=etl, on_failure=_FAILED),
        "Raw Files": {"Type": "Pass", "Assign": {"source_uri": raw}, "Next": etl},
        etl: retraining_jobs.etl(run.surroundings, next_state="Read Report", on_failure=_FAILED),
        "Read Report": asl.task(
            "aws-sdk:s3:getObject",
            {"Bucket": run.surroundings.bucket_name, "Key": f"{{% $run_key & '{REPORT_FILE}' %}}"},
            service="s3",
            next_state="Data changed?",
            on_failure=_FAILED,
            timeout_seconds=60,
            assign={"report": "{% $parse($states.result.Body) %}"},
        ),
        "Data changed?": asl.choice(
            [("{% $force or $test_run or $report.fingerprint != $last_fingerprint %}", "Tune?")],
            default="Release Lease, Nothing New",
        ),
        "Release Lease, Nothing New": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Nothing New"
        ),
        "Nothing New": {
            "Type": "Succeed",
            "Output": {"outcome": "nothing new", "model": "{% $model %}", "fingerprint": "{% $last_fingerprint %}"},
        },
    }


def _training(run: Retraining) -> dict[str, asl.State]:
    results = {"model": "{% $model %}", "run_id": "{% $run_id %}", "recorded_at": "{% $now() %}"}
    return {
        "Tune?": asl.choice(
            [("{% $type($config.tuning) = 'object' and $config.tuning.enabled %}", "Select Parent Tuning Jobs")],
            default="Model Training",
        ),
        "Select Parent Tuning Jobs": _function(
            run.functions.plan_tuning,
            {
                "model": "{% $model %}",
                "test_run": "{% $test_run %}",
                "training": retraining_jobs.tuned_training(run.surroundings),
            },
            next_state="Hyperparameter Tuning",
            assign={"tuning": "{% $states.result.Payload %}"},
        ),
        "Hyperparameter Tuning": retraining_jobs.tuning(
            run.surroundings, next_state="Query Training Results", on_failure=_FAILED
        ),
        "Model Training": retraining_jobs.training(
            run.surroundings, next_state="Query Training Results", on_failure=_FAILED
        ),
        "Query Training Results": _function(
            run.functions.query_training_results,
            {**results, "job": "{% $job %}"},
            next_state="Find Champion",
            assign={"training": "{% $states.result.Payload %}"},
        ),
    }


def _evaluation(run: Retraining) -> dict[str, asl.State]:
    return {
        "Find Champion": _function(
            run.functions.prepare_evaluation,
            {
                "model": "{% $model %}",
                "group": "{% $group %}",
                "evaluation_key": "{% $evaluation_key %}",
                "model_data_url": "{% $training.model_data_url %}",
                "test": retraining_jobs.data_files("test"),
                "report": {"features": "{% $report.features %}", "golden_request": "{% $report.golden_request %}"},
            },
            next_state="Evaluate",
            assign={"evaluation": "{% $states.result.Payload %}"},
        ),
        "Evaluate": retraining_jobs.evaluation(run.surroundings, next_state="Judge Candidate", on_failure=_FAILED),
        "Judge Candidate": _function(
            run.functions.judge_candidate,
            {
                "model": "{% $model %}",
                "run_id": "{% $run_id %}",
                "recorded_at": "{% $now() %}",
                "evaluation": f"{{% $evaluation_uri & '{EVALUATION_FILE}' %}}",
                "test_run": "{% $test_run %}",
                "training": "{% $training %}",
                "champion": "{% $evaluation.champion %}",
            },
            next_state=run.gate_title,
            assign={"verdict": "{% $states.result.Payload %}"},
        ),
        run.gate_title: asl.choice([("{% $verdict.passed %}", "Test Run?")], default="Explain Gate"),
        "Explain Gate": asl.fail_with(
            ACCURACY_TOO_LOW, "{% $training.training_job & ': ' & $verdict.reason %}", next_state=_FAILED
        ),
        "Test Run?": asl.choice([("{% $test_run %}", "Release Lease, Test Run")], default="Save Model"),
        "Release Lease, Test Run": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Test Run Done"
        ),
        "Test Run Done": {
            "Type": "Succeed",
            "Output": {
                "outcome": "test run",
                "model": "{% $model %}",
                "training_job": "{% $training.training_job %}",
                "verdict": "{% $verdict %}",
            },
        },
    }


def _registry(run: Retraining) -> dict[str, asl.State]:
    return {
        "Save Model": _function(
            run.functions.save_model,
            {
                "model": "{% $model %}",
                "run_id": "{% $run_id %}",
                "execution": "{% $states.context.Execution.Id %}",
                "fingerprint": "{% $report.fingerprint %}",
                "image": run.surroundings.image_uri,
                "evaluation": f"{{% $evaluation_uri & '{EVALUATION_FILE}' %}}",
                "training": "{% $training %}",
                "verdict": "{% $verdict %}",
                "force": "{% $force %}",
            },
            next_state="Record Success",
            assign={"registered": "{% $states.result.Payload %}"},
        ),
    }


def _success(run: Retraining) -> dict[str, asl.State]:
    return {
        "Record Success": asl.task(
            "dynamodb:putItem",
            {
                "TableName": run.table_name,
                "Item": {
                    "pk": {"S": keys.MODEL.jsonata("$model")},
                    "fingerprint": {"S": "{% $report.fingerprint %}"},
                    "model_package_arn": {"S": "{% $registered.model_package_arn %}"},
                    "training_job": {"S": "{% $training.training_job %}"},
                    "metric": {"S": "{% $verdict.metric %}"},
                    "value": {"N": "{% $string($verdict.value) %}"},
                    "threshold": {"N": "{% $string($verdict.threshold) %}"},
                    "execution": {"S": "{% $states.context.Execution.Id %}"},
                    "recorded_at": {"S": "{% $now() %}"},
                },
            },
            service="dynamodb",
            next_state="Approved?",
            on_failure=_FAILED,
            timeout_seconds=60,
        ),
        "Approved?": asl.choice([("{% $registered.deploy %}", "Start Deployment")], default="Release Lease"),
        "Start Deployment": asl.task(
            "aws-sdk:sfn:startExecution",
            {
                "StateMachineArn": run.deployment_arn,
                "Name": "{% $model & '-' & $run_id %}",
                "Input": "{% $string({'reason': 'registered ' & $registered.model_package_arn}) %}",
            },
            service="sfn",
            next_state="Release Lease",
            on_failure=_FAILED,
            timeout_seconds=60,
            # A repeated call that finds its own execution ended.
            catches=[asl.catch("Sfn.ExecutionAlreadyExistsException", "Release Lease")],
        ),
        "Release Lease": leases.release(table_name=run.table_name, key=_MODEL_LEASE, next_state="Model Saved"),
        "Model Saved": {
            "Type": "Succeed",
            "Output": {
                "outcome": "registered",
                "model": "{% $model %}",
                "model_package_arn": "{% $registered.model_package_arn %}",
                "version": "{% $registered.version %}",
                "approval_status": "{% $registered.approval_status %}",
                "training_job": "{% $training.training_job %}",
                "tuning_job": "{% $exists($training.tuning_job) ? $training.tuning_job : '' %}",
                "metric": "{% $verdict.metric %}",
                "value": "{% $verdict.value %}",
                "threshold": "{% $verdict.threshold %}",
                "reason": "{% $verdict.reason %}",
                "evaluation": f"{{% $evaluation_uri & '{EVALUATION_FILE}' %}}",
                "report": f"{{% $run_uri & '{REPORT_FILE}' %}}",
            },
        },
    }


def _failure(run: Retraining) -> dict[str, asl.State]:
    notify = asl.task(
        "sns:publish",
        {
            "TopicArn": run.topic_arn,
            # A subject has at most 100 ASCII characters, and the model may be anything that somebody typed.
            "Subject": f"{{% $substring('{run.surroundings.app}: retraining of '"
            " & $replace($model, /[^a-zA-Z0-9-]/, '?') & ' failed', 0, 100) %}",
            "Message": {
                "model": "{% $model %}",
                "execution": "{% $states.context.Execution.Id %}",
                "error": "{% $failure.Error %}",
                "reason": f"{{% {asl.reason()} %}}",
                "log": "{% 'python -m perennial log ' & $states.context.Execution.Id %}",
            },
        },
        service="sns",
        next_state="Record Failure",
        on_failure="Record Failure",
        timeout_seconds=60,
    )
    return {
        # The run fails with its own error, not with that of a notification that could not be sent.
        _FAILED: asl.keep_failure(notify, next_state="Record Failure"),
        "Record Failure": asl.append_failure(
            table_name=run.history_table_name,
            subject="$model",
            moment="$run_id",
            next_state="Release Lease After Failure",
        ),
        "Release Lease After Failure": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Gate Failed?"
        ),
        "Gate Failed?": asl.choice(
            [(f"{{% $failure.Error = '{ACCURACY_TOO_LOW}' %}}", "Model Accuracy Too Low")], default="Retraining Failed"
        ),
        "Model Accuracy Too Low": _fail(),
        "Retraining Failed": _fail(),
    }


def _fail() -> asl.State:
    return {"Type": "Fail", "Error": "{% $failure.Error %}", "Cause": "{% $failure.Cause %}"}


def _function(arn: str, payload: dict[str, Any], *, next_state: str, assign: dict[str, Any]) -> asl.State:
    return asl.task(
        "lambda:invoke",
        {"FunctionName": arn, "Payload": payload},
        service="lambda",
        next_state=next_state,
        on_failure=_FAILED,
        timeout_seconds=300,
        assign=assign,
    )
