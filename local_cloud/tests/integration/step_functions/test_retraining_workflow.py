"""The workflow of AWS's sample that retrains a churn model with Glue, SageMaker and Lambda.

The state machine is the one that the sample's notebook makes with the Data Science SDK, up to its plain endpoint, which
the local cloud does not have; script and function do what the sample's do, by the same calls. Versions are those of
today: Glue 5.1, XGBoost 3.0-5 and Python 3.11.

Source: https://github.com/aws/amazon-sagemaker-examples, automate_model_retraining_workflow
"""

import io
import json
import random
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from integration.step_functions import machines
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker.data import IMAGE

BUCKET = "sagemaker-us-east-1-churn"
PROJECT = f"s3://{BUCKET}/ml_deploy"
JOB, FUNCTION, TRAINING = "glue-customer-churn-etl-1", "query-training-status-1", "regression-1"
INPUT = {
    "TrainingJobName": TRAINING,
    "GlueJobName": JOB,
    "ModelName": "CustomerChurn-1",
    "EndpointName": "CustomerChurn",
    "LambdaFunctionName": FUNCTION,
}

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
    """Who calls the service often leaves; one customer of twenty decides otherwise."""
    chance = random.Random(7)  # data of a test
    for _ in range(600):
        calls, minutes, plan = chance.randrange(10), chance.uniform(50, 350), chance.randrange(2)
        leaves = (calls > 5) != (chance.random() < 0.05)
        yield f"{int(leaves)},{calls},{minutes:.1f},{plan}"


def _channel(name: str) -> dict[str, Any]:
    # The sample's prefix ends before "part": Spark's empty _SUCCESS would be in the channel, at which the container
    # fails by chance, and the local cloud always.
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{PROJECT}/{name}/part", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _definition(role: str, threshold: float, start: str) -> dict[str, Any]:
    training = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"{PROJECT}/output"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m4.xlarge", "VolumeSizeInGB": 30},
        "RoleArn": role,
        "InputDataConfig": [_channel("train"), _channel("validation")],
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
    states = {
        "Extract, Transform, Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {
                "JobName.$": "$$.Execution.Input['GlueJobName']",
                "Arguments": {
                    "--S3_SOURCE": f"{PROJECT}/customer-churn.csv",
                    "--S3_DEST": f"s3a://{BUCKET}/ml_deploy/",
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
                    "NumericLessThan": threshold,
                    "Next": "Create Model Endpoint Config",
                }
            ],
            "Default": "Model Accuracy Too Low",
        },
        "Model Accuracy Too Low": {"Comment": "Validation accuracy lower than threshold", "Type": "Fail"},
        "Create Model Endpoint Config": {"Type": "Succeed"},
    }
    return {"StartAt": start, "States": states}


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
    s3.put_object(Bucket=BUCKET, Key="ml_deploy/customer-churn.csv", Body="\n".join(_customers()).encode())
    s3.put_object(Bucket=BUCKET, Key="ml_deploy/glue_etl.py", Body=SCRIPT.encode())
    cloud.client("glue", ACCOUNT).create_job(
        Name=JOB,
        Description="PySpark job to extract the data and split in to training and validation data sets",
        Role=make_role(cloud, "AWS-Glue-S3-Bucket-Access", objects, trust={"Service": "glue.amazonaws.com"}),
        ExecutionProperty={"MaxConcurrentRuns": 2},
        Command={"Name": "glueetl", "ScriptLocation": f"{PROJECT}/glue_etl.py", "PythonVersion": "3"},
        DefaultArguments={"--job-language": "python"},
        GlueVersion="5.1",
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Timeout=60,
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("query_training_status.py", QUERY)
    s3.put_object(Bucket=BUCKET, Key="ml_deploy/query_training_status.zip", Body=packed.getvalue())
    cloud.client("lambda", ACCOUNT).create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Role=make_role(cloud, "query_training_status-role", [reading], trust={"Service": "lambda.amazonaws.com"}),
        Handler="query_training_status.lambda_handler",
        Code={"S3Bucket": BUCKET, "S3Key": "ml_deploy/query_training_status.zip"},
        Timeout=15,
        MemorySize=128,
    )
    return make_role(cloud, "NotebookRole", objects, trust={"Service": "sagemaker.amazonaws.com"})


@pytest.fixture(scope="module")
def role(cloud: RunningCloud, sagemaker_role: str) -> str:
    """Of the workflow, with the notebook's own policy."""
    passing = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    of_training = ["CreateModel", "DescribeTrainingJob", "StopTrainingJob", "CreateTrainingJob", "CreateEndpointConfig"]
    of_jobs = ["StartJobRun", "GetJobRun", "BatchStopJobRun", "GetJobRuns"]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": sagemaker_role, "Condition": passing},
        {
            "Effect": "Allow",
            "Action": [f"sagemaker:{operation}" for operation in of_training],
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


def _run(cloud: RunningCloud, role: str, name: str, definition: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The ended execution and the states that it entered."""
    machine = machines.create(
        cloud, role, name, definition["States"], **machines.JSONPATH, StartAt=definition["StartAt"]
    )
    execution = machines.start(cloud, machine, INPUT)
    ended = machines.ended(cloud, execution)
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in machines.events(cloud, execution)]
    return ended, [state for state in entered if state]


def test_the_model_is_saved_and_its_accuracy_decides(cloud: RunningCloud, sagemaker_role: str, role: str) -> None:
    definition = _definition(sagemaker_role, 0.1, "Extract, Transform, Load")
    ended, entered = _run(cloud, role, "MyInferenceRoutine-good", definition)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert entered == [
        "Extract, Transform, Load",
        "Model Training",
        "Save Model",
        "Query Training Results",
        "Accuracy > 90%",
        "Create Model Endpoint Config",
    ]
    told = {
        metric["MetricName"]: metric["Value"] for metric in json.loads(ended["output"])["Payload"]["trainingMetrics"]
    }
    # One customer of twenty decides by chance.
    assert 0 < told["validation:error"] < 0.1
    assert set(told) == {"train:error", "validation:error"}

    sagemaker = cloud.client("sagemaker", ACCOUNT)
    artifacts = sagemaker.describe_training_job(TrainingJobName=TRAINING)["ModelArtifacts"]["S3ModelArtifacts"]
    model = sagemaker.describe_model(ModelName=INPUT["ModelName"])
    assert model["PrimaryContainer"]["ModelDataUrl"] == artifacts
    rows = []
    for channel in ("train", "validation"):
        listed = cloud.client("s3", ACCOUNT).list_objects_v2(Bucket=BUCKET, Prefix=f"ml_deploy/{channel}/part-")
        for found in listed["Contents"]:
            body = cloud.client("s3", ACCOUNT).get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read().decode()
            rows += body.splitlines()
    assert sorted(rows) == sorted(_customers())

    # No model is as good as that; the training is done, so that the machine can start behind it.
    definition = _definition(sagemaker_role, 0.0, "Query Training Results")
    ended, entered = _run(cloud, role, "MyInferenceRoutine-bad", definition)
    assert entered == ["Query Training Results", "Accuracy > 90%", "Model Accuracy Too Low"]
    assert (ended["status"], ended.get("error")) == ("FAILED", None)
