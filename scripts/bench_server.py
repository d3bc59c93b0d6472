"""Prints, as JSON, what a server of the local cloud costs: CPU seconds to start, and memory fresh and under load.

The load is that of a fleet without its computations: state machines whose tasks call most services under roles of
their own, a function, objects of a megabyte, and a snapshot now and then. What is left over of each round shows as
growth. Memory is what the kernel counts as the process's own (VmRSS).
"""

import io
import itertools
import json
import os
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings

ACCOUNTS = ("111111111111", "222222222222", "333333333333")
MACHINES = 4
ROUNDS = 4
EXECUTIONS = 4
OBJECTS = 10
MEGABYTE = 1_000_000
BUCKET = "bench-{account}"
_SERVICES = ("lambda", "states")


def main() -> None:
    """Start, load, measure, stop."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        before = time.perf_counter()
        with lifecycle.start(Settings(state_dir=Path(folder), port=0)) as cloud:
            found: dict[str, Any] = {
                "start_seconds": time.perf_counter() - before,
                "start_cpu_seconds": _cpu(cloud.pid),
                "fresh_megabytes": _memory(cloud.pid),
            }
            machines = [machine for account in ACCOUNTS for machine in _build(cloud, account)]
            found["built_megabytes"] = _memory(cloud.pid)
            rounds = []
            for number in range(ROUNDS):
                for account in ACCOUNTS:
                    _upload(cloud, account, number)
                with ThreadPoolExecutor(max_workers=4) as pool:
                    list(pool.map(lambda machine: _run(cloud, *machine), machines * EXECUTIONS))
                cloud.save()
                rounds.append(_memory(cloud.pid))
            found["rounds_megabytes"] = rounds
            found["cpu_seconds"] = _cpu(cloud.pid)
    print(json.dumps(found))  # noqa: T201  # for the script that started this one


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def _build(cloud: RunningCloud, account: str) -> list[tuple[str, str]]:
    iam, states = cloud.client("iam", account), cloud.client("stepfunctions", account)
    bucket = BUCKET.format(account=account)
    cloud.client("s3", account).create_bucket(Bucket=bucket)
    cloud.client("dynamodb", account).create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    topic = cloud.client("sns", account).create_topic(Name="t")["TopicArn"]
    made = []
    for number in range(MACHINES):
        role = _role(iam, f"r{number}")
        if number == 0:
            cloud.client("lambda", account).create_function(
                FunctionName="f",
                Runtime="python3.12",
                Handler="index.handler",
                Role=role,
                Code={"ZipFile": _code()},
                Timeout=60,
            )
        definition = json.dumps(_definition(bucket, topic))
        arn = states.create_state_machine(name=f"m{number}", definition=definition, roleArn=role)["stateMachineArn"]
        made.append((account, str(arn)))
    return made


def _role(iam: Any, name: str) -> str:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    principals = {"Service": [f"{service}.amazonaws.com" for service in _SERVICES]}
    document = {"Version": "2012-10-17", "Statement": [{**trust, "Principal": principals}]}
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allowed))
    return str(arn)


def _definition(bucket: str, topic: str) -> dict[str, Any]:
    put = {"TableName": "t", "Item": {"pk": {"S": "{% $states.context.Execution.Id %}"}}}
    entry = {"Source": "bench", "DetailType": "d", "Detail": "{% $string($states.input) %}"}
    numbers = "{% { 'all': $range(1, 200, 1), 'id': $uuid(), 'now': $now() } %}"
    tasks = [
        ("Put", "dynamodb:putItem", put),
        ("Call", "lambda:invoke", {"FunctionName": "f", "Payload": "{% $states.input %}"}),
        ("List", "aws-sdk:s3:listObjectsV2", {"Bucket": bucket}),
        ("Models", "aws-sdk:sagemaker:listModels", {}),
        ("Endpoints", "aws-sdk:sagemaker:listEndpoints", {}),
        ("Jobs", "aws-sdk:glue:listJobs", {}),
        ("Metrics", "aws-sdk:cloudwatch:describeAlarms", {}),
        ("Tell", "events:putEvents", {"Entries": [entry]}),
        ("Mail", "sns:publish", {"TopicArn": topic, "Message": "m"}),
    ]
    names = ["Start", *(name for name, _action, _arguments in tasks), "End"]
    following = dict(itertools.pairwise(names))
    states: dict[str, Any] = {
        "Start": {"Type": "Pass", "Output": numbers, "Next": following["Start"]},
        "End": {"Type": "Succeed"},
    }
    for name, action, arguments in tasks:
        states[name] = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{action}",
            "Arguments": arguments,
            "Output": f"{{% $merge([$states.input, {{'{name}': $length($string($states.result))}}]) %}}",
            "Next": following[name],
        }
    return {"QueryLanguage": "JSONata", "StartAt": "Start", "States": states}


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return {'length': len(event)}\n")
    return packed.getvalue()


def _upload(cloud: RunningCloud, account: str, number: int) -> None:
    s3 = cloud.client("s3", account)
    for item in range(OBJECTS):
        s3.put_object(Bucket=BUCKET.format(account=account), Key=f"{number}/{item}", Body=os.urandom(MEGABYTE))


def _run(cloud: RunningCloud, account: str, machine: str) -> None:
    states = cloud.client("stepfunctions", account)
    arn = states.start_execution(stateMachineArn=machine)["executionArn"]
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.2)
    if found["status"] != "SUCCEEDED":
        raise RuntimeError(f"{arn} ended with {found['status']}: {found.get('error')}: {found.get('cause')}")


if __name__ == "__main__":
    main()
