"""AWS Glue's library as scripts import it: one run does all, as each starts Spark."""

import json

import pytest

from integration.glue.conftest import BUCKET, Cloud

# The first lines are those of the console's template.
SCRIPT = """
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ['JOB_NAME'])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args['JOB_NAME'], args)

import json
import awsglue
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection, DynamicFrameReader, DynamicFrameWriter

given = getResolvedOptions(sys.argv, ["source", "target"])
source, target = given["source"], given["target"]
told = {}
assert awsglue.DynamicFrame is DynamicFrame

def read(path, form, **options):
    return glueContext.create_dynamic_frame.from_options(
        connection_type="s3", connection_options={"paths": [source + path], "recurse": True}, format=form,
        format_options=options, transformation_ctx="read")

def rows(frame):
    return sorted(json.loads(row)["name"] + "|" + str(json.loads(row)["size"]) for row in frame.toDF().toJSON().collect())

def write(frame, path, form, **options):
    keys = options.pop("partitionKeys", None)
    connection = {"path": target + path, **({"partitionKeys": keys} if keys else {})}
    return glueContext.write_dynamic_frame.from_options(
        frame=frame, connection_type="s3", connection_options=connection, format=form, format_options=options)

def refusal(call):
    try:
        call()
    except NotImplementedError as error:
        return str(error)

frame = read("csv/", "csv", withHeader=True, separator=";")
told["csv"] = rows(frame)
told["types"] = dict(frame.toDF().dtypes)
told["plain"] = read("plain/", "csv").toDF().columns
told["json"] = rows(read("json/", "json"))
write(frame, "parquet/", "parquet")
write(frame, "parquet/", "glueparquet", compression="gzip")
told["parquet"] = spark.read.parquet(target + "parquet/").count()
write(frame, "keys/", "json", partitionKeys=["name"])
errors = write(frame.__class__.fromDF(frame.toDF().coalesce(1), glueContext, "one"), "out/", "csv", separator="|", writeHeader=False)
told["errors"] = [errors.name, errors.count()]

frame.show(1)
frame.printSchema()
told["count"] = frame.count()
told["collection"] = list(DynamicFrameCollection({"a": frame}, glueContext).keys())
told["rdd"] = glueContext.create_dynamic_frame.from_rdd([("x", 1)], "r", ["name", "size"]).toDF().columns
told["refused"] = {
    "transform": refusal(lambda: ApplyMapping.apply(frame=frame, mappings=[])),
    "method": refusal(lambda: frame.apply_mapping([])),
    "option": refusal(lambda: read("csv/", "csv", withHeader=True, skipFirst=True)),
    "format": refusal(lambda: read("csv/", "xml")),
    "connection": refusal(lambda: glueContext.create_dynamic_frame.from_options("jdbc", {})),
    "catalog": refusal(lambda: glueContext.create_dynamic_frame.from_catalog(database="d", table_name="t")),
    "sink": refusal(lambda: glueContext.getSink("s3")),
}
told["transforms"] = sorted(name for name, value in list(globals().items()) if getattr(value, "__module__", "") == "awsglue.transforms")

# Twice: what was written before is replaced.
for count in (5, 3):
    spark.range(count).coalesce(1).write.save(target.replace("s3://", "s3a://") + "s3a/", format="csv", mode="overwrite")
print("TOLD " + json.dumps(told))
job.commit()
"""


@pytest.fixture(scope="module")
def said(cloud: Cloud, role: str) -> list[str]:
    for key, body in (
        # The second file is in a folder below, and a quote in a cell is doubled.
        ("csv/a.csv", 'name;size\na;1\n"b;""c""";\n'),
        ("csv/below/b.csv", "name;size\nd;4\n"),
        ("plain/a.csv", "a,1\n"),
        ("json/a.json", '{"name": "a", "size": 1}\n{"name": "b", "size": 2}\n'),
    ):
        cloud.s3.put_object(Bucket=BUCKET, Key=f"frames/in/{key}", Body=body.encode())
    name = cloud.job("frames", SCRIPT, role=role)
    run = cloud.run(name, {"--source": f"s3://{BUCKET}/frames/in/", "--target": f"s3://{BUCKET}/frames/out/"})
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    found = cloud.logs.get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"])
    return [event["message"] for event in found["events"]]


@pytest.fixture(scope="module")
def told(said: list[str]) -> dict[str, object]:
    (line,) = (line for line in said if line.startswith("TOLD "))
    found: dict[str, object] = json.loads(line.removeprefix("TOLD "))
    return found


def test_files_are_read(told: dict[str, object]) -> None:
    assert told["csv"] == ["a|1", 'b;"c"|', "d|4"]
    assert told["types"] == {"name": "string", "size": "string"}
    assert told["plain"] == ["col0", "col1"]
    assert told["json"] == ["a|1", "b|2"]
    assert (told["count"], told["rdd"], told["collection"]) == (3, ["name", "size"], ["a"])


def test_files_are_written_beside_those_that_are_there(cloud: Cloud, told: dict[str, object]) -> None:
    assert told["parquet"] == 6
    assert told["errors"] == ["one_errors", 0]
    (part,) = (key for key in cloud.keys("frames/out/out/") if "/part-" in key)
    body = cloud.s3.get_object(Bucket=BUCKET, Key=part)["Body"].read().decode()
    assert sorted(body.splitlines()) == ['"b;""c"""|""', "a|1", "d|4"]
    folders = {key.split("/")[3] for key in cloud.keys("frames/out/keys/") if "=" in key}
    assert folders >= {"name=a", "name=d"}


def test_frames_are_shown_as_rows_and_as_a_tree(said: list[str]) -> None:
    assert '{"name":"a","size":"1"}' in said
    assert said[said.index("root") :][:3] == ["root", "|-- name: string", "|-- size: string"]


def test_what_has_no_stand_in_says_so_and_what_to_use(told: dict[str, dict[str, str]]) -> None:
    refused = told["refused"]
    instead = "use Spark's own functions on toDF(), and DynamicFrame.fromDF() for the way back"
    assert refused["transform"] == f"the local cloud does not emulate the transform ApplyMapping: {instead}"
    assert refused["method"] == f"the local cloud does not emulate DynamicFrame.apply_mapping(): {instead}"
    assert "skipFirst of format_options of reading csv" in refused["option"]
    assert "the format 'xml': use one of ['csv', 'json', 'parquet']" in refused["format"]
    assert "connection_type 'jdbc': use s3" in refused["connection"]
    assert "DynamicFrameReader.from_catalog()" in refused["catalog"]
    assert "GlueContext.getSink()" in refused["sink"]


def test_all_transforms_of_awss_library_are_imported(told: dict[str, object]) -> None:
    # ALL_TRANSFORMS of https://github.com/awslabs/aws-glue-libs/blob/master/awsglue/transforms/__init__.py
    names = (
        "ApplyMapping Coalesce DropFields DropNullFields ErrorsAsDynamicFrame Filter FlatMap Join Map MapToCollection "
        "Relationalize RenameField Repartition ResolveChoice SelectFields SelectFromCollection Spigot SplitFields "
        "SplitRows Unbox Union UnnestFrame"
    )
    assert told["transforms"] == names.split()


def test_s3a_is_written_to_and_replaced(cloud: Cloud, told: dict[str, object]) -> None:
    (part,) = (key for key in cloud.keys("frames/out/s3a/") if "/part-" in key)
    assert cloud.s3.get_object(Bucket=BUCKET, Key=part)["Body"].read() == b"0\n1\n2\n"
