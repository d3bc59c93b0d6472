"""The workflow of AWS's sample that retrains a churn model with Glue, SageMaker and Lambda.

The state machine is the one that the sample's notebook makes with the Data Science SDK. Script, function and data are
ours: they make the sample's calls, and have its columns. Glue's and Python's versions are those of today, 5.1 and 3.11;
XGBoost's image is 1.2-2, whose container and XGBoost are those of the sample's 1.2-1.
``CHURN_SAMPLE`` may name a folder with the sample's own ``code/glue_etl.py``, ``code/query_training_status.py`` and
``data/customer-churn.csv``; then these run, the data without the quotes around their lines, for which see
docs/decisions/0039-channels-of-data-files.md.

Source: https://github.com/aws/amazon-sagemaker-examples, automate_model_retraining_workflow, at
2d519b52c3a2c2361f2b87f0d3de46fd6c0232a5
"""

import io
import json
import os
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker import serving

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.2-2"
BUCKET = "sagemaker-us-east-1-churn"
PROJECT, UNDECIDED, QUOTED = "ml_deploy", "ml_deploy_undecided", "ml_deploy_quoted"
JOB, FUNCTION = "glue-customer-churn-etl-1", "query-training-status-1"
# The label, eleven numbers (the last one is that of service calls), and a column each for 51 states, 3 area codes and
# whether there are two plans.
NUMBERS, KINDS = 11, (51, 3, 2, 2)

SCRIPT = """
import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

options = getResolvedOptions(sys.argv, ["JOB_NAME", "S3_SOURCE", "S3_DEST", "TRAIN_KEY", "VAL_KEY"])
context = GlueContext(SparkContext())
spark = context.spark_session
job = Job(context)
job.init(options["JOB_NAME"], options)

rows = spark.read.load(options["S3_SOURCE"], format="csv", inferSchema=True, header=False)
for key, part in zip(("TRAIN_KEY", "VAL_KEY"), rows.randomSplit([0.7, 0.3])):
    part.write.save(options["S3_DEST"] + options[key], format="csv", mode="overwrite")
job.commit()
"""

QUERY = """
import boto3

sagemaker = boto3.client("sagemaker")


def lambda_handler(event, context):
    job = sagemaker.describe_training_job(TrainingJobName=event["TrainingJobName"])
    metrics = job["FinalMetricDataList"]
    for metric in metrics:
        # Times are no JSON.
        metric["Timestamp"] = metric["Timestamp"].timestamp()
    return {"statusCode": 200, "trainingMetrics": metrics}
"""


def _customers() -> Iterator[str]:
    """Who calls the service often leaves; a few customers decide otherwise."""
    draw = random.Random(7)  # data of a test
    for _ in range(600):
        numbers = [f"{draw.uniform(0, 350):.1f}" for _ in range(NUMBERS - 1)]
        calls = draw.randrange(10)
        kinds = [int(kind == drawn) for size in KINDS for drawn in [draw.randrange(size)] for kind in range(size)]
        leaves = (calls > 5) != (draw.random() < 0.02)
        yield ",".join(str(cell) for cell in (int(leaves), *numbers, calls, *kinds))


def _of_the_sample(name: str, ours: str) -> str:
    folder = os.environ.get("CHURN_SAMPLE")
    return (Path(folder) / name).read_text(encoding="utf-8") if folder else ours


FEW = _of_the_sample("data/customer-churn.csv", "\n".join(_customers())).replace('"', "").splitlines()
# Each customer stays, and leaves: nothing can be learned, however long.
BOTH = [f"{label},{row.partition(',')[2]}" for row in FEW[:300] for label in "01"]


def _given(run: str) -> dict[str, str]:
    """Input of an execution."""
    return {
        "TrainingJobName": f"regression-{run}",
        "GlueJobName": JOB,
        "ModelName": f"CustomerChurn-{run}",
        "EndpointName": "CustomerChurn",
        "LambdaFunctionName": FUNCTION,
    }


def _channel(name: str, project: str, files: str) -> dict[str, Any]:
    uri = f"s3://{BUCKET}/{project}/{name}/{files}"
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _definition(role: str, *, project: str, files: str) -> dict[str, Any]:
    """The states, the first one first.

    Args:
        role: of training and model.
        project: what all keys begin with.
        files: how the names of the channels' files begin; the sample names none.
    """
    training = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{project}/output"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m4.xlarge", "VolumeSizeInGB": 30},
        "RoleArn": role,
        "InputDataConfig": [_channel(name, project, files) for name in ("train", "validation")],
        "HyperParameters": {
            "max_depth": "5",
            "eta": "0.2",
            "gamma": "4",
            "min_child_weight": "6",
            "subsample": "0.8",
            "objective": "binary:logistic",
            "eval_metric": "error",
            "num_round": "100",
        },
        "TrainingJobName.$": "$$.Execution.Input['TrainingJobName']",
    }
    container = {"Environment": {}, "Image": IMAGE, "ModelDataUrl.$": "$['ModelArtifacts']['S3ModelArtifacts']"}
    variant = {
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m4.xlarge",
        "ModelName.$": "$$.Execution.Input['ModelName']",
        "VariantName": "AllTraffic",
    }
    return {
        "Extract, Transform, Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {
                "JobName.$": "$$.Execution.Input['GlueJobName']",
                "Arguments": {
                    "--S3_SOURCE": f"s3://{BUCKET}/{project}/customer-churn.csv",
                    "--S3_DEST": f"s3a://{BUCKET}/{project}/",
                    "--TRAIN_KEY": "train/",
                    "--VAL_KEY": "validation/",
                },
            },
            "Next": "Model Training",
        },
        "Model Training": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Parameters": training,
            "Next": "Save Model",
        },
        "Save Model": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createModel",
            "Parameters": {
                "ExecutionRoleArn": role,
                "ModelName.$": "$$.Execution.Input['ModelName']",
                "PrimaryContainer": container,
            },
            "ResultPath": "$.ModelStepResults",
            "Next": "Query Training Results",
        },
        "Query Training Results": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {
                "FunctionName.$": "$$.Execution.Input['LambdaFunctionName']",
                "Payload": {"TrainingJobName.$": "$.TrainingJobName"},
            },
            "Next": "Accuracy > 90%",
        },
        "Accuracy > 90%": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$['Payload']['trainingMetrics'][0]['Value']",
                    "NumericLessThan": 0.1,
                    "Next": "Create Model Endpoint Config",
                }
            ],
            "Default": "Model Accuracy Too Low",
        },
        "Model Accuracy Too Low": {"Comment": "Validation accuracy lower than threshold", "Type": "Fail"},
        "Create Model Endpoint Config": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createEndpointConfig",
            "Parameters": {
                "EndpointConfigName.$": "$$.Execution.Input['ModelName']",
                "ProductionVariants": [variant],
            },
            "Next": "Update Model Endpoint",
        },
        "Update Model Endpoint": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createEndpoint",
            "Parameters": {
                "EndpointConfigName.$": "$$.Execution.Input['ModelName']",
                "EndpointName.$": "$$.Execution.Input['EndpointName']",
            },
            "End": True,
        },
    }


@pytest.fixture(scope="module")
def sagemaker_role(cloud: RunningCloud) -> str:
    """Of the training; makes what the notebook makes before the workflow."""
    objects = [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{BUCKET}"]},
        {"Effect": "Allow", "Action": "s3:*Object", "Resource": [f"arn:aws:s3:::{BUCKET}/*"]},
    ]
    reading = {"Effect": "Allow", "Action": "sagemaker:Describe*", "Resource": "*"}
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=f"{PROJECT}/customer-churn.csv", Body="\n".join(FEW).encode())
    s3.put_object(Bucket=BUCKET, Key=f"{PROJECT}/glue_etl.py", Body=_of_the_sample("code/glue_etl.py", SCRIPT).encode())
    cloud.client("glue", ACCOUNT).create_job(
        Name=JOB,
        Description="PySpark job to extract the data and split in to training and validation data sets",
        Role=make_role(cloud, "AWS-Glue-S3-Bucket-Access", objects, trust={"Service": "glue.amazonaws.com"}),
        ExecutionProperty={"MaxConcurrentRuns": 2},
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/{PROJECT}/glue_etl.py", "PythonVersion": "3"},
        DefaultArguments={"--job-language": "python"},
        GlueVersion="5.1",
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Timeout=60,
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("query_training_status.py", _of_the_sample("code/query_training_status.py", QUERY))
    s3.put_object(Bucket=BUCKET, Key=f"{PROJECT}/query_training_status.zip", Body=packed.getvalue())
    cloud.client("lambda", ACCOUNT).create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Role=make_role(cloud, "query_training_status-role", [reading], trust={"Service": "lambda.amazonaws.com"}),
        Handler="query_training_status.lambda_handler",
        Code={"S3Bucket": BUCKET, "S3Key": f"{PROJECT}/query_training_status.zip"},
        Timeout=15,
        MemorySize=128,
    )
    return make_role(cloud, "NotebookRole", objects, trust={"Service": "sagemaker.amazonaws.com"})


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, sagemaker_role: str) -> str:
    """Of the workflow, with the notebook's own policy."""
    passing = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    of_endpoints = [f"{verb}Endpoint{what}" for verb in ("Create", "Delete") for what in ("", "Config")]
    of_training = ["CreateModel", "DescribeTrainingJob", "StopTrainingJob", "CreateTrainingJob", "UpdateEndpoint"]
    of_jobs = ["StartJobRun", "GetJobRun", "BatchStopJobRun", "GetJobRuns"]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": sagemaker_role, "Condition": passing},
        {
            "Effect": "Allow",
            "Action": [f"sagemaker:{operation}" for operation in (*of_training, *of_endpoints)],
            "Resource": ["arn:aws:sagemaker:*:*:*"],
        },
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": ["arn:aws:lambda:*:*:function:query-training-status*"],
        },
        {
            "Effect": "Allow",
            "Action": [f"glue:{operation}" for operation in of_jobs],
            "Resource": "arn:aws:glue:*:*:job/glue-customer-churn-etl*",
        },
    ]
    return make_role(cloud, "WorkflowExecutionRole", statements, trust={"Service": "states.amazonaws.com"})


def _run(
    cloud: RunningCloud, role: str, run: str, states: dict[str, Any], *, start: str = "Extract, Transform, Load"
) -> tuple[dict[str, Any], list[str]]:
    """The ended execution and the states that it entered."""
    machine = machines.create(cloud, role, f"MyInferenceRoutine_{run}", states, **machines.JSONPATH, StartAt=start)
    execution = machines.start(cloud, machine, _given(run))
    ended = machines.ended(cloud, execution)
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in machines.events(cloud, execution)]
    return ended, [state for state in entered if state]


def _metrics(cloud: RunningCloud, run: str) -> dict[str, float]:
    job = cloud.client("sagemaker", ACCOUNT).describe_training_job(TrainingJobName=f"regression-{run}")
    return {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}


def test_with_the_samples_own_prefixes_the_training_fails_at_the_marker_of_spark(
    cloud: RunningCloud, sagemaker_role: str, role: str
) -> None:
    # On AWS by chance, see docs/decisions/0039-channels-of-data-files.md.
    ended, entered = _run(cloud, role, "own-prefixes", _definition(sagemaker_role, project=PROJECT, files=""))
    assert (ended["status"], entered) == ("FAILED", ["Extract, Transform, Load", "Model Training"]), ended.get("cause")
    told = json.loads(ended["cause"])["FailureReason"]
    assert told.startswith(
        "AlgorithmError: Could not determine delimiter on line : _SUCCESS of channel train has nothing"
    )
    assert "leave nothing but data files below the channel's prefix (for Spark's: .../part)" in told


def test_a_good_model_goes_on_to_its_endpoint(cloud: RunningCloud, sagemaker_role: str, role: str) -> None:
    ended, entered = _run(cloud, role, "good", _definition(sagemaker_role, project=PROJECT, files="part"))
    assert entered == [
        "Extract, Transform, Load",
        "Model Training",
        "Save Model",
        "Query Training Results",
        "Accuracy > 90%",
        "Create Model Endpoint Config",
        "Update Model Endpoint",
    ], ended.get("cause")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")

    told = _metrics(cloud, "good")
    # Far more of the customers leave, and Glue splits them by chance: of a few nobody can tell.
    assert told["validation:error"] < 0.1
    assert set(told) == {"train:error", "validation:error"}
    sagemaker = cloud.client("sagemaker", ACCOUNT)
    artifacts = sagemaker.describe_training_job(TrainingJobName="regression-good")["ModelArtifacts"]["S3ModelArtifacts"]
    model = sagemaker.describe_model(ModelName="CustomerChurn-good")
    assert model["PrimaryContainer"]["ModelDataUrl"] == artifacts
    rows = []
    for channel in ("train", "validation"):
        listed = cloud.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET, Prefix=f"{PROJECT}/{channel}/part-")
        for found in listed["Contents"]:
            body = cloud.client("s3", ACCOUNT).get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read().decode()
            rows += body.splitlines()
    assert sorted(rows) == sorted(FEW)

    described = serving.settled(cloud, "CustomerChurn")
    assert described["EndpointStatus"] == "InService", described["FailureReason"]
    by_label = {label: [row for row in FEW if row.startswith(label)] for label in "01"}
    means = []
    for label, found in by_label.items():
        body = "\n".join(row.partition(",")[2] for row in found[:50])
        asked = {"EndpointName": "CustomerChurn", "ContentType": "text/csv", "Accept": "application/json"}
        answer = json.loads(serving.runtime(cloud).invoke_endpoint(**asked, Body=body)["Body"].read())
        scores = [one["score"] for one in answer["predictions"]]
        assert len(scores) == len(found[:50]), label
        means.append(sum(scores) / len(scores))
    stays, leaves = means
    assert stays < 0.3
    assert leaves > 0.6


def test_rows_that_are_one_cell_in_quotes_are_refused(cloud: RunningCloud, sagemaker_role: str, role: str) -> None:
    # As the sample's data are, and as Spark keeps them. AWS's container takes all of their labels for 0, and goes on.
    for channel in ("train", "validation"):
        body = "\n".join(f'"{row}"' for row in FEW[:100]).encode()
        cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=f"{QUOTED}/{channel}/part-0.csv", Body=body)
    states = _definition(sagemaker_role, project=QUOTED, files="part")
    ended, entered = _run(cloud, role, "quoted", states, start="Model Training")
    assert (ended["status"], entered) == ("FAILED", ["Model Training"])
    told = json.loads(ended["cause"])["FailureReason"]
    assert re.search(r"line 1 column 1: '\"[01]' is no number; write numbers without quotes", told), told


def test_a_bad_model_ends_the_workflow(cloud: RunningCloud, sagemaker_role: str, role: str) -> None:
    # What Glue does of these data is what it did above.
    for channel, rows in (("train", BOTH[:400]), ("validation", BOTH[400:])):
        key = f"{UNDECIDED}/{channel}/part-0.csv"
        cloud.client("s3", ACCOUNT).put_object(Bucket=BUCKET, Key=key, Body="\n".join(rows).encode())
    states = _definition(sagemaker_role, project=UNDECIDED, files="part")
    ended, entered = _run(cloud, role, "bad", states, start="Model Training")
    assert entered[-3:] == ["Query Training Results", "Accuracy > 90%", "Model Accuracy Too Low"], ended.get("cause")
    assert (ended["status"], ended.get("error")) == ("FAILED", None)
    assert _metrics(cloud, "bad") == {"train:error": 0.5, "validation:error": 0.5}
