"""Job runs as a client of AWS Glue sees them."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from integration.glue.conftest import BUCKET, ENDED, Cloud, grants, poll

ENDLESS = """
import sys, time
sys.stdout.write("started\\n")
while True:
    time.sleep(0.1)
"""


SPARK = """
import sys
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
options = getResolvedOptions(sys.argv, ["source", "destination"])
spark = GlueContext(SparkContext.getOrCreate()).spark_session
rows = spark.read.csv(options["source"], header=True, inferSchema=True)
rows.where("size > 1").coalesce(1).write.mode("overwrite").csv(options["destination"])
java = spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()
print("rows", rows.count(), [option[4:21] for option in java if ".jsa" in option])
"""


def test_a_spark_job_reads_a_prefix_and_replaces_what_it_wrote_before(cloud: Cloud, role: str) -> None:
    # A pattern that also matches the name beside it; half of the rows in each. Hadoop leaves out what begins with _.
    for key, body in (
        ("data[1].csv", "name,size\na,1\nb,2\n"),
        ("data1.csv", "name,size\nc,3\n"),
        ("_old/data.csv", "x\n9\n"),
    ):
        cloud.s3.put_object(Bucket=BUCKET, Key=f"raw/spark/{key}", Body=body.encode())
    cloud.s3.put_object(Bucket=BUCKET, Key="runs/spark/part-old.csv", Body=b"9,9")
    name = cloud.job("spark", SPARK, role=role)

    # The second starts with the classes that the first one archived; Java says nothing of it.
    for task in ("ArchiveClassesAtE", "SharedArchiveFile"):
        run = cloud.run(name, {"--source": f"s3://{BUCKET}/raw/spark/", "--destination": f"s3://{BUCKET}/runs/spark/"})

        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
        assert run["GlueVersion"] == "5.1"
        assert _logged(cloud, run["Id"]) == [f"rows 3 ['{task}']"]
    keys = cloud.keys("runs/spark/")
    assert not [key for key in keys if ".crc" in key or "_temporary" in key or key.endswith("part-old.csv")]
    (part,) = (key for key in keys if "/part-" in key)
    assert cloud.s3.get_object(Bucket=BUCKET, Key=part)["Body"].read() == b"b,2\nc,3\n"


def _logged(cloud: Cloud, run_id: str) -> list[str]:
    found = cloud.logs.get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run_id)
    return [event["message"] for event in found["events"]]


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])
def test_a_missing_grant_fails_the_run_and_is_named(cloud: Cloud, action: str) -> None:
    label = action.removeprefix("s3:")
    role = cloud.role(f"without-{label}", grants(without=action))
    script = (
        "import os\n"
        "folder = os.path.abspath('../buckets/artifacts-glue-test/out') + '/'\n"
        "os.makedirs(folder, exist_ok=True)\nopen(folder + 'x', 'w').write('1')\n"
    )
    name = cloud.job(f"without-{label}", script, role=role)
    run = cloud.run(name, {"--destination": f"s3://{BUCKET}/out/"})
    assert run["JobRunState"] == "FAILED"
    assert "AccessDenied" in run["ErrorMessage"]
    assert role in run["ErrorMessage"]
    assert action in run["ErrorMessage"]
    assert f"arn:aws:s3:::{BUCKET}" in run["ErrorMessage"]


def test_script_gets_merged_arguments_role_credentials_and_extra_files(cloud: Cloud, role: str) -> None:
    script = (
        "import sys, boto3, helper\nfrom awsglue.utils import getResolvedOptions\n"
        "o = getResolvedOptions(sys.argv, ['JOB_NAME', 'a', 'b'])\n"
        "arn = boto3.client('sts').get_caller_identity()['Arn']\n"
        "print('seen', o['JOB_NAME'], o['a'], o['b'], helper.NAME, arn)\n"
    )
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/helper.py", Body=b"NAME = 'from helper'\n")
    defaults = {"--a": "default", "--b": "default", "--extra-py-files": f"s3://{BUCKET}/scripts/helper.py"}
    name = cloud.job("arguments", script, role=role, DefaultArguments=defaults)
    run = cloud.run(name, {"--b": "own"})
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    events = cloud.logs.get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"])["events"]
    assert [event["message"] for event in events] == [
        "seen arguments default own from helper arn:aws:sts::111111111111:assumed-role/glue-job/GlueJobRunnerSession"
    ]


def test_a_job_with_log_groups_of_its_own_writes_to_no_others(cloud: Cloud, role: str) -> None:
    # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom
    script = "import sys\nprint('out')\nprint('err', file=sys.stderr)\n"
    name = cloud.job("own-logs", script, role=role, DefaultArguments={"--custom-logGroup-prefix": "/aws-glue/own"})
    run = cloud.run(name)
    assert (run["JobRunState"], run["LogGroupName"]) == ("SUCCEEDED", "/aws-glue/own")
    for kind, line in (("output", "out"), ("error", "err")):
        events = cloud.logs.get_log_events(logGroupName=f"/aws-glue/own/{kind}", logStreamName=run["Id"])["events"]
        assert [event["message"] for event in events] == [line]
    default = cloud.logs.describe_log_streams(logGroupName="/aws-glue/jobs/output", logStreamNamePrefix=run["Id"])
    assert default["logStreams"] == []


def test_stop_ends_the_process_and_frees_the_slot(cloud: Cloud, role: str, state_dir: Path) -> None:
    name = cloud.job("endless", ENDLESS, role=role, ExecutionProperty={"MaxConcurrentRuns": 1})
    run_id = cloud.glue.start_job_run(JobName=name)["JobRunId"]
    cloud.wait(name, run_id, ("RUNNING",))
    with pytest.raises(ClientError) as refused:
        cloud.glue.start_job_run(JobName=name)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    answer = cloud.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_unknown"])
    assert [item["JobRunId"] for item in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert cloud.wait(name, run_id, ENDED)["JobRunState"] == "STOPPED"
    poll(lambda: not (state_dir / "scratch" / "glue" / run_id).exists(), seconds=60)
    second = cloud.glue.start_job_run(JobName=name)["JobRunId"]
    cloud.glue.batch_stop_job_run(JobName=name, JobRunIds=[second])
    assert cloud.wait(name, second, ENDED)["JobRunState"] == "STOPPED"
    runs = cloud.glue.get_job_runs(JobName=name)["JobRuns"]
    assert [run["Id"] for run in runs] == [second, run_id]


@pytest.mark.parametrize(
    ("case", "settings", "named"),
    [
        ("conf", {"DefaultArguments": {"--conf": "spark.x=y"}}, "argument --conf"),
        ("bookmark", {"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "job bookmarks"),
        ("modules", {"DefaultArguments": {"--additional-python-modules": "x"}}, "argument --additional-python-modules"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(
    cloud: Cloud, role: str, case: str, settings: dict[str, object], named: str
) -> None:
    name = cloud.job(f"refused-{case}", "pass", role=role, **settings)
    with pytest.raises(ClientError) as refused:
        cloud.glue.start_job_run(JobName=name)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert named in refused.value.response["Error"]["Message"]


def test_update_replaces_the_definition_and_keeps_the_runs(cloud: Cloud, role: str) -> None:
    name = cloud.job("updated", "print('one')", role=role, Description="old")
    run = cloud.run(name)
    cloud.s3.put_object(Bucket=BUCKET, Key="scripts/two.py", Body=b"raise ValueError('two')")
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{BUCKET}/scripts/two.py"}
    cloud.glue.update_job(JobName=name, JobUpdate={"Role": role, "Command": command, "GlueVersion": "5.1"})
    assert "Description" not in cloud.glue.get_job(JobName=name)["Job"]
    assert cloud.run(name)["ErrorMessage"] == "ValueError: two"
    assert cloud.glue.get_job_runs(JobName=name)["JobRuns"][1]["Id"] == run["Id"]
