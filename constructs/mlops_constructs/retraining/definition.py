"""One retraining run as a state machine, in JSONata: from the lease to the registered version.

What serves the version is in `deployment_definition`. The module is pure: strings in, Amazon States Language out.
"""

from dataclasses import dataclass
from typing import Any

from contract import keys, run_names
from contract.calls.call import Call
from contract.calls.judge_candidate import JudgeCandidate
from contract.calls.load_configuration import LoadConfiguration
from contract.calls.look_at_inputs import LookAtInputs
from contract.calls.plan_tuning import PlanTuning
from contract.calls.prepare_evaluation import EtlReport, PrepareEvaluation
from contract.calls.query_training_results import QueryTrainingResults
from contract.calls.save_model import SaveModel
from mlops_constructs.retraining import jobs as retraining_jobs
from mlops_constructs.retraining.jobs import Surroundings
from mlops_constructs.retraining.variables import (
    EVALUATION,
    FORCE,
    INPUTS,
    JOB,
    NOT_COMPARED,
    REGISTERED,
    REPORT,
    RUN,
    SOURCE_URI,
    TEST_RUN,
    TRAINING,
    TUNING,
    VERDICT,
)
from mlops_constructs.states import asl, leases, model_runs
from mlops_constructs.states.model_runs import FAILED, MODEL, RUN_ID
from mlops_constructs.states.references import given, jsonata, name_of, rendered

_MODEL_LEASE = keys.MODEL_LEASE.jsonata(str(MODEL))
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
        "TimeoutSeconds": model_runs.TIMEOUT_SECONDS,
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
    return {
        "Identify Run": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                name_of(MODEL): model_runs.MODEL_GIVEN,
                name_of(FORCE): "{% $states.input.force = true %}",
                name_of(TEST_RUN): "{% $states.input.test_run = true %}",
                name_of(RUN_ID): run_names.RUN_ID,
            },
            "Next": "Load Configuration",
        },
        "Load Configuration": _function(
            run.functions.load_configuration,
            LoadConfiguration(
                model=MODEL,
                run_id=RUN_ID,
                execution=asl.EXECUTION,
                started=jsonata("$states.context.Execution.StartTime"),
                input=jsonata("$states.input"),
            ),
            next_state="Take Lease",
            answer=RUN,
        ),
        **model_runs.under_lease(table_name=run.table_name, key=_MODEL_LEASE, next_state="Look at Inputs"),
    }


def _data(run: Retraining) -> dict[str, asl.State]:
    etl = "Extract, Transform, Load"
    return {
        "Look at Inputs": _function(
            run.functions.look_at_inputs,
            LookAtInputs(
                model=MODEL,
                run_id=RUN_ID,
                group=RUN.group,
                source=RUN.settings.source.type,
                raw=RUN.raw_uri,
                report=RUN.report_uri,
                etl=RUN.settings.etl,
                force=FORCE,
                test_run=TEST_RUN,
                endpoint=RUN.endpoint,
            ),
            next_state="Anything New?",
            answer=INPUTS,
        ),
        "Anything New?": asl.choice(
            [(rendered(INPUTS.changed), "Where Is the Data?")], default="Release Lease, Nothing New"
        ),
        "Where Is the Data?": asl.choice(
            [(jsonata(f"{RUN.settings.source.type} = 'warehouse'"), "Extract from Warehouse")], default="Raw Files"
        ),
        "Extract from Warehouse": retraining_jobs.extract(next_state=etl, on_failure=FAILED),
        "Raw Files": {"Type": "Pass", "Assign": {name_of(SOURCE_URI): rendered(RUN.source_uri)}, "Next": etl},
        etl: retraining_jobs.etl(run.surroundings, next_state="Read Report", on_failure=FAILED),
        "Read Report": asl.task(
            "aws-sdk:s3:getObject",
            {"Bucket": run.surroundings.bucket_name, "Key": rendered(RUN.report_key)},
            service="s3",
            next_state="Data changed?",
            on_failure=FAILED,
            timeout_seconds=60,
            assign={name_of(REPORT): "{% $parse($states.result.Body) %}"},
        ),
        "Data changed?": asl.choice(
            [
                (
                    jsonata(f"{FORCE} or {TEST_RUN} or {REPORT.fingerprint} != {INPUTS.last_fingerprint}"),
                    "Describe Training",
                )
            ],
            default="Release Lease, Nothing New",
        ),
        "Release Lease, Nothing New": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Nothing New"
        ),
        "Nothing New": {
            "Type": "Succeed",
            "Output": {
                "outcome": "nothing new",
                "model": rendered(MODEL),
                "fingerprint": rendered(INPUTS.last_fingerprint),
            },
        },
    }


def _training(run: Retraining) -> dict[str, asl.State]:
    tuned = f"$exists({RUN.settings.tuning}) and {given(RUN.settings.tuning).enabled}"
    return {
        "Describe Training": retraining_jobs.describe_training(run.surroundings, next_state="Tune?"),
        "Tune?": asl.choice(
            [(jsonata(tuned), "Select Parent Tuning Jobs")],
            default="Model Training",
        ),
        "Select Parent Tuning Jobs": _function(
            run.functions.plan_tuning,
            PlanTuning(
                model=MODEL,
                run_id=RUN_ID,
                tuning=given(RUN.settings.tuning),
                training=retraining_jobs.tuned_training(),
                test_run=TEST_RUN,
            ),
            next_state="Hyperparameter Tuning",
            answer=TUNING,
        ),
        "Hyperparameter Tuning": retraining_jobs.tuning(
            run.surroundings, next_state="Query Training Results", on_failure=FAILED
        ),
        "Model Training": retraining_jobs.training(
            run.surroundings, next_state="Query Training Results", on_failure=FAILED
        ),
        "Query Training Results": _function(
            run.functions.query_training_results,
            QueryTrainingResults(model=MODEL, run_id=RUN_ID, recorded_at=asl.NOW, job=JOB),
            next_state="Find Champion",
            answer=TRAINING,
        ),
    }


def _evaluation(run: Retraining) -> dict[str, asl.State]:
    return {
        "Find Champion": _function(
            run.functions.prepare_evaluation,
            PrepareEvaluation(
                model=MODEL,
                run_id=RUN_ID,
                group=RUN.group,
                problem_type=RUN.settings.problem_type,
                gate=RUN.settings.gate,
                script=RUN.settings.algorithm.evaluation_script,
                request=RUN.evaluation_request_uri,
                model_data_url=TRAINING.model_data_url,
                test=RUN.test_uri,
                report=EtlReport(
                    fingerprint=REPORT.fingerprint,
                    features=REPORT.features,
                    golden_request=REPORT.golden_request,
                ),
                algorithm=RUN.family.name,
                family=RUN.family,
                endpoint=RUN.endpoint,
                scoring=RUN.settings.algorithm.scoring,
                answers=RUN.settings.algorithm.answers,
                app=run.surroundings.app,
                role=run.surroundings.sagemaker_role_arn,
                network=run.surroundings.vpc_config.value if run.surroundings.vpc_config else {},
            ),
            next_state="Who Scores?",
            answer=EVALUATION,
            assign={name_of(NOT_COMPARED): ""},
        ),
        **_scoring(run),
        "Evaluate": retraining_jobs.evaluation(run.surroundings, next_state="Judge Candidate", on_failure=FAILED),
        "Judge Candidate": _function(
            run.functions.judge_candidate,
            JudgeCandidate(
                model=MODEL,
                run_id=RUN_ID,
                recorded_at=asl.NOW,
                gate=RUN.settings.gate,
                evaluation=RUN.evaluation_report_uri,
                training=TRAINING,
                champion=EVALUATION.champion,
                test_run=TEST_RUN,
                not_compared=NOT_COMPARED,
            ),
            next_state=run.gate_title,
            answer=VERDICT,
        ),
        run.gate_title: asl.choice([(rendered(VERDICT.passed), "Test Run?")], default="Explain Gate"),
        "Explain Gate": asl.fail_with(
            ACCURACY_TOO_LOW, jsonata(f"{TRAINING.training_job} & ': ' & {VERDICT.reason}"), next_state=FAILED
        ),
        "Test Run?": asl.choice([(rendered(TEST_RUN), "Release Lease, Test Run")], default="Save Model"),
        "Release Lease, Test Run": leases.release(
            table_name=run.table_name, key=_MODEL_LEASE, next_state="Test Run Done"
        ),
        "Test Run Done": {
            "Type": "Succeed",
            "Output": {
                "outcome": "test run",
                "model": rendered(MODEL),
                "training_job": rendered(TRAINING.training_job),
                "verdict": rendered(VERDICT),
            },
        },
    }


def _scoring(run: Retraining) -> dict[str, asl.State]:
    """The held-out rows' answers by what serves, where the evaluation does not load the versions itself."""
    scoring = given(EVALUATION.scoring)
    apart = "Champion Is Not Comparable"
    return {
        "Who Scores?": asl.choice([(jsonata(f"$exists({EVALUATION.scoring})"), "Score Candidate")], default="Evaluate"),
        "Score Candidate": retraining_jobs.score(
            run.surroundings, scoring.candidate, next_state="Is There a Champion?", on_failure=FAILED
        ),
        "Is There a Champion?": asl.choice(
            [(jsonata(f"$exists({scoring.champion})"), "Score Champion")], default="Evaluate"
        ),
        # It may know other columns than these rows have, and still has to be replaced. A job that could not be started
        # tells nothing of it, and the general name of a failed task would stand for that too.
        "Score Champion": retraining_jobs.score(
            run.surroundings,
            given(scoring.champion),
            next_state="Evaluate",
            on_failure=FAILED,
            catches=[
                {**asl.catch_all(FAILED), "ErrorEquals": asl.errors_of_calls("sagemaker")},
                {**asl.catch_all(apart), "ErrorEquals": ["States.TaskFailed"]},
            ],
        ),
        apart: {
            "Type": "Pass",
            "Assign": {
                name_of(NOT_COMPARED): jsonata(f"'the champion could not answer these rows: ' & {asl.reason()}"),
                name_of(EVALUATION): jsonata(
                    f"$merge([{EVALUATION}, {{'champion': '',"
                    f" 'inputs': [{EVALUATION.inputs}[InputName != 'champion']]}}])"
                ),
            },
            "Next": "Evaluate",
        },
    }


def _registry(run: Retraining) -> dict[str, asl.State]:
    return {
        "Save Model": _function(
            run.functions.save_model,
            SaveModel(
                model=MODEL,
                run_id=RUN_ID,
                execution=asl.EXECUTION,
                commit=RUN.commit,
                approval=RUN.approval,
                fingerprint=REPORT.fingerprint,
                image=RUN.settings.algorithm.serving_image,
                content_type=RUN.family.content_type,
                evaluation=RUN.evaluation_report_uri,
                training=TRAINING,
                verdict=VERDICT,
                force=FORCE,
                accept=RUN.family.accept,
                algorithm=RUN.family.name,
                environment=RUN.family.environment,
            ),
            next_state="Record Success",
            answer=REGISTERED,
        ),
    }


def _success(run: Retraining) -> dict[str, asl.State]:
    return {
        "Record Success": asl.task(
            "dynamodb:putItem",
            {
                "TableName": run.table_name,
                "Item": {
                    "pk": {"S": keys.MODEL.jsonata(str(MODEL))},
                    "fingerprint": {"S": rendered(REPORT.fingerprint)},
                    "model_package_arn": {"S": rendered(REGISTERED.model_package_arn)},
                    "training_job": {"S": rendered(TRAINING.training_job)},
                    "metric": {"S": rendered(VERDICT.metric)},
                    "value": {"N": jsonata(f"$string({VERDICT.value})")},
                    "threshold": {"N": jsonata(f"$string({VERDICT.threshold})")},
                    "execution": {"S": asl.EXECUTION},
                    "recorded_at": {"S": asl.NOW},
                },
            },
            service="dynamodb",
            next_state="Approved?",
            on_failure=FAILED,
            timeout_seconds=60,
        ),
        "Approved?": asl.choice([(rendered(REGISTERED.deploy), "Start Deployment")], default="Release Lease"),
        "Start Deployment": asl.task(
            "aws-sdk:sfn:startExecution",
            {
                "StateMachineArn": run.deployment_arn,
                "Name": jsonata(f"{MODEL} & '-' & {RUN_ID}"),
                "Input": jsonata(
                    f"$string({{'reason': 'registered ' & {REGISTERED.model_package_arn}, 'model': {MODEL}}})"
                ),
            },
            service="sfn",
            next_state="Release Lease",
            on_failure=FAILED,
            timeout_seconds=60,
            # A repeated call that finds its own execution ended.
            catches=[asl.catch("Sfn.ExecutionAlreadyExistsException", "Release Lease")],
        ),
        "Release Lease": leases.release(table_name=run.table_name, key=_MODEL_LEASE, next_state="Model Saved"),
        "Model Saved": {
            "Type": "Succeed",
            "Output": {
                "outcome": "registered",
                "model": rendered(MODEL),
                "model_package_arn": rendered(REGISTERED.model_package_arn),
                "version": rendered(REGISTERED.version),
                "approval_status": rendered(REGISTERED.approval_status),
                "training_job": rendered(TRAINING.training_job),
                "tuning_job": rendered(TRAINING.tuning_job),
                "metric": rendered(VERDICT.metric),
                "value": rendered(VERDICT.value),
                "threshold": rendered(VERDICT.threshold),
                "reason": rendered(VERDICT.reason),
                "evaluation": rendered(RUN.evaluation_report_uri),
                "report": rendered(RUN.report_uri),
            },
        },
    }


def _failure(run: Retraining) -> dict[str, asl.State]:
    return {
        **model_runs.failure(
            subject=f"{run.surroundings.app}: retraining of",
            topic_arn=run.topic_arn,
            table_name=run.table_name,
            history_table_name=run.history_table_name,
            key=_MODEL_LEASE,
            next_state="Gate Failed?",
        ),
        "Gate Failed?": asl.choice(
            [(f"{{% $failure.Error = '{ACCURACY_TOO_LOW}' %}}", "Model Accuracy Too Low")], default="Retraining Failed"
        ),
        "Model Accuracy Too Low": _fail(),
        "Retraining Failed": _fail(),
    }


def _fail() -> asl.State:
    return {"Type": "Fail", "Error": "{% $failure.Error %}", "Cause": "{% $failure.Cause %}"}


def _function(
    arn: str, call: Call[Any], *, next_state: str, answer: Any, assign: dict[str, Any] | None = None
) -> asl.State:
    return asl.invoke(
        arn, call, next_state=next_state, on_failure=FAILED, timeout_seconds=300, answer=answer, assign=assign
    )
