"""The programs of the local cloud that stand in for those of an image: aws, and npm's answer for what is there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_cloud.containers import aws_cli, npm_seed
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Aws = Callable[..., Done]


@pytest.fixture
def aws(
    cloud: RunningCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Aws:
    """The command, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in cloud.environment(ACCOUNT, "us-east-1").items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Done:
        code = aws_cli.main(words)
        said = capsys.readouterr()
        return Done(returncode=code, stdout=said.out, stderr=said.err)

    return run


def test_any_operation_is_called_by_the_names_of_the_cli(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "tags.json").write_text('{"TagSet": [{"Key": "a", "Value": "b"}]}', encoding="utf-8")
    (tmp_path / "body.txt").write_text("content", encoding="utf-8")
    where = ("--bucket", "builds", "--key", "cli.txt")

    put = aws("s3api", "put-object", *where, "--body", "body.txt")
    tagged = aws("s3api", "put-object-tagging", *where, "--tagging", "file://tags.json")
    got = aws("s3api", "get-object", *where, "out.txt", "--query", "TagCount")
    listed = aws("s3api", "list-objects-v2", "--bucket", "builds", "--prefix", "cli", "--output", "text",
                  "--query", "Contents[].[Key,Size]")  # fmt: skip

    assert "ETag" in json.loads(put.stdout), put.stderr
    assert (tagged.returncode, tagged.stdout) == (0, ""), tagged.stderr
    assert got.stdout == "1\n", got.stderr
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "content"
    assert listed.stdout == "cli.txt\t7\n", listed.stderr


def test_lists_booleans_and_blobs(aws: Aws, cloud: RunningCloud) -> None:
    made = aws("ssm", "put-parameter", "--name", "cli", "--value", "v", "--type", "String", "--no-overwrite",
                "--tags", "Key=a,Value=b", "Key=c,Value=d", "--no-cli-pager")  # fmt: skip
    several = aws("ssm", "get-parameters", "--names", "cli", "other", "--with-decryption", "--query",
                   "[Parameters[].Value, InvalidParameters]")  # fmt: skip
    event = aws("events", "put-events", "--entries", '[{"Source": "s", "DetailType": "d", "Detail": "{}"}]')
    secret = aws("secretsmanager", "create-secret", "--name", "cli", "--secret-binary", "text",
                  "--cli-binary-format", "raw-in-base64-out")  # fmt: skip
    read = cloud.client("secretsmanager", ACCOUNT).get_secret_value(SecretId="cli")

    assert json.loads(made.stdout)["Version"] == 1, made.stderr
    assert json.loads(several.stdout) == [["v"], ["other"]], several.stderr
    assert json.loads(event.stdout)["FailedEntryCount"] == 0, event.stderr
    assert secret.returncode == 0, secret.stderr
    assert read["SecretBinary"] == b"text"


def test_what_the_security_check_of_cdk_pipelines_says(aws: Aws, cloud: RunningCloud) -> None:
    topic = cloud.client("sns", ACCOUNT).create_topic(Name="approvals")["TopicArn"]
    queue = cloud.client("sqs", ACCOUNT).create_queue(QueueName="approvals")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:approvals"
    cloud.client("sns", ACCOUNT).subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sqs", ACCOUNT).set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    message = "An upcoming change would broaden security changes in p.\nReview it:\n\nhttps://a/?b=c"

    told = aws("sns", "publish", "--topic-arn", topic, "--subject", "a subject", "--message", message)
    (received,) = cloud.client("sqs", ACCOUNT).receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    invoked = aws("lambda", "invoke", "--function-name", "nope", "--invocation-type", "Event", "--cli-binary-format",
                  "raw-in-base64-out", "--payload", '{"PipelineName":"p"}', "lambda.out")  # fmt: skip

    assert "MessageId" in json.loads(told.stdout), told.stderr
    assert received["Body"] == message
    assert invoked.returncode == 254
    assert "An error occurred (ResourceNotFoundException) when calling the Invoke operation" in invoked.stderr


# https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--version"], 0, ""),
        (["s3api", "head-bucket", "--bucket", "nope"], 254, "An error occurred (404) when calling the HeadBucket"),
        (["s3api", "no-such"], 252, "found invalid choice 'no-such' of s3"),
        (["nope", "list"], 252, "found invalid choice 'nope'"),
        (["sqs", "send-message", "--queue", "q"], 252, "Unknown options: --queue"),
        (["sqs", "send-message"], 252, "Missing required parameter"),
        (["sts"], 252, "the following arguments are required"),
        (["sqs", "list-queues", "--max-results", "many"], 252, "Error parsing parameter '--max-results'"),
        (["sqs", "list-queues", "--cli-input-json", "[1]"], 252, "Invalid JSON received"),
        (["kms", "encrypt", "--key-id", "k", "--plaintext", "fileb://nope"], 252, "'--plaintext': [Errno 2]"),
        (["s3", "cp", "a", "s3://b"], 252, "has no s3 command"),
        (["sts", "get-caller-identity", "--output", "table"], 252, "argument --output: invalid choice: 'table'"),
    ],
)
def test_exit_codes(aws: Aws, words: list[str], code: int, said: str) -> None:
    done = aws(*words)

    assert done.returncode == code, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    "words",
    [["install", "-g", "aws-cdk@1.0.0"], ["install", "-g", "aws-cdk"], ["install", "aws-cdk@2.1148.1"], ["ci"], []],
)
def test_npm_does_everything_else_itself(node_modules: Path, words: list[str]) -> None:
    assert npm_seed.main([str(node_modules), *words]) == 1
