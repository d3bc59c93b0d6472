"""Functions in Node.js, on the one Node of this machine.

Expected: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html and the words of
https://github.com/aws/aws-lambda-nodejs-runtime-interface-client.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.lambda_ import functions
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role

GROUP = "/custom/node"
OLD, NEW = "nodejs22.x", "nodejs24.x"
CODE = """
let served = 0;
exports.warm = async () => ({ served: ++served, pid: process.pid });
exports.echo = async (event, context) => {
  console.log("seen %s", event.name, { two: 2 });
  console.error("two\\nlines");
  return {
    name: event.name,
    greeting: process.env.GREETING,
    function: context.functionName,
    request: context.awsRequestId,
    stream: context.logStreamName,
    left: context.getRemainingTimeInMillis(),
    input: require("fs").readFileSync(0, "utf8"),
  };
};
exports.nested = { handler: async () => "found" };
exports.fails = async () => { throw new RangeError("because"); };
exports.throws = () => { throw "a text"; };
exports.returns = () => "returned";
exports.calls = (event, context, callback) => {
  setTimeout(() => { served = 7; }, 20);
  callback(null, { get served() { return served; } });
};
exports.callsAtOnce = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setInterval(() => {}, 1000);
  callback(null, "at once");
};
exports.callsError = (event, context, callback) => callback(new TypeError("no"));
exports.succeeds = (event, context) => context.succeed("done");
exports.forgets = () => {};
exports.forgetsPromise = async () => new Promise(() => {});
exports.sleeps = async () => { console.log("asleep"); await new Promise((done) => setTimeout(done, 60000)); };
exports.exits = async () => process.exit(3);
exports.rejects = async () => { Promise.reject(new Error("nobody cares")); await new Promise((d) => setTimeout(d, 5000)); };
exports.raisesLater = async () => {
  setTimeout(() => { throw new EvalError("later"); }, 1);
  await new Promise((d) => setTimeout(d, 5000));
};
exports.unmarshalled = async () => ({ big: 1n });
exports.number = 1;
"""
FILES = {
    "shop/handlers.js": CODE,
    "module.mjs": 'import fs from "node:fs";\nexport const handler = async () => typeof fs.readFileSync;',
    "package/package.json": '{"type": "module"}',
    "package/index.js": "export const handler = async () => import.meta.url.length > 0;",
    "common.cjs": "exports.handler = async () => 'common';",
    "wrong.js": "exports.handler = async () => {",
    "raises.js": "throw new URIError('at once');",
    "asks.js": "require('nowhere');",
    "no-sdk.js": "require('@aws-sdk/client-nobody');",
    "no-sdk-module.mjs": "import '@aws-sdk/client-nobody';",
    "streams.js": "exports.handler = awslambda.streamifyResponse(async () => {});",
    "sdk.js": """
const { CodePipelineClient, ListPipelinesCommand } = require("@aws-sdk/client-codepipeline");
exports.handler = async () => (await new CodePipelineClient({}).send(new ListPipelinesCommand({}))).pipelines;
""",
    "sdk-module.mjs": """
import { CodePipeline } from "@aws-sdk/client-codepipeline";
const client = new CodePipeline();
export const handler = async () => (await client.listPipelines({})).pipelines;
""",
}


@pytest.fixture(scope="module")
def cloud(node_cloud: RunningCloud) -> RunningCloud:
    return node_cloud


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName=GROUP)
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", "codepipeline:ListPipelines"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return make_role(cloud, "node", [statement], trust={"Service": "lambda.amazonaws.com"})


def _invoke(
    cloud: RunningCloud, role: str, handler: str, event: Any = None, *, runtime: str = NEW, **more: Any
) -> tuple[Any, dict[str, Any]]:
    """The payload and the whole answer of a function of its own."""
    name = re.sub(r"[^a-zA-Z0-9]", "-", f"{handler}-{runtime}")
    client = cloud.client("lambda", ACCOUNT)
    if name not in [found["FunctionName"] for found in client.list_functions()["Functions"]]:
        settings = {
            "Environment": {"Variables": {"GREETING": "good day"}},
            "LoggingConfig": {"LogGroup": GROUP},
            "Runtime": runtime,
            **more,
        }
        functions.create(cloud, name, role=role, handler=handler, files=FILES, **settings)
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}), LogType="Tail")
    return json.loads(answer["Payload"].read()), answer


def _logged(cloud: RunningCloud) -> list[str]:
    logs = cloud.client("logs", ACCOUNT)
    return [event["message"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]]


@pytest.mark.parametrize("runtime", ["nodejs18.x", "nodejs20.x", OLD, NEW])
def test_a_function_runs_with_its_event_environment_and_context(cloud: RunningCloud, role: str, runtime: str) -> None:
    payload, answer = _invoke(cloud, role, "shop/handlers.echo", {"name": "Ada"}, runtime=runtime)
    request = answer["ResponseMetadata"]["RequestId"] and payload["request"]
    assert (payload["name"], payload["greeting"], payload["input"]) == ("Ada", "good day", "")
    assert payload["function"].startswith("shop-handlers-echo")
    assert 0 < payload["left"] <= 30_000
    assert "FunctionError" not in answer
    assert f"{request}\tINFO\tseen Ada {{ two: 2 }}\n" in base64.b64decode(answer["LogResult"]).decode()
    own = [line for line in _logged(cloud) if request in line]
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z\t{request}\tINFO\tseen Ada {{ two: 2 }}", own[1])
    # Lines of one call are one event.
    assert own[2].endswith(f"{request}\tERROR\ttwo\nlines")
    assert own[0].startswith(f"START RequestId: {request} Version: $LATEST")


@pytest.mark.parametrize(
    ("handler", "runtime", "expected"),
    [
        ("shop/handlers.nested.handler", NEW, "found"),
        ("module.handler", OLD, "function"),
        ("module.handler", NEW, "function"),
        ("package/index.handler", OLD, True),
        ("package/index.handler", NEW, True),
        ("common.handler", OLD, "common"),
        ("common.handler", NEW, "common"),
        # From Node.js 24 on a function is awaited; before, what it returns counts only if it is a promise.
        ("shop/handlers.returns", NEW, "returned"),
        ("shop/handlers.returns", OLD, None),
        ("shop/handlers.calls", OLD, {"served": 7}),
        ("shop/handlers.callsAtOnce", OLD, "at once"),
        ("shop/handlers.succeeds", OLD, "done"),
        ("shop/handlers.forgets", OLD, None),
    ],
)
def test_handlers_answer(cloud: RunningCloud, role: str, handler: str, runtime: str, expected: Any) -> None:
    payload, answer = _invoke(cloud, role, handler, runtime=runtime)
    assert (payload, answer.get("FunctionError")) == (expected, None)


@pytest.mark.parametrize(
    ("handler", "runtime", "kind", "words"),
    [
        ("shop/handlers.fails", OLD, "RangeError", "because"),
        ("shop/handlers.fails", NEW, "RangeError", "because"),
        ("shop/handlers.throws", NEW, "string", "a text"),
        ("shop/handlers.callsError", OLD, "TypeError", "no"),
        ("shop/handlers.calls", NEW, "Runtime.CallbackHandlerDeprecated", "ERROR: AWS Lambda has removed support for"),
        ("shop/handlers.forgetsPromise", OLD, "Runtime.NodeJsExit", "The Lambda runtime client detected an unexpected"),
        ("shop/handlers.forgetsPromise", NEW, "Runtime.ExitError", "Error: Runtime exited without providing a reason"),
        ("shop/handlers.exits", NEW, "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("shop/handlers.rejects", OLD, "Runtime.UnhandledPromiseRejection", "Error: nobody cares"),
        ("shop/handlers.rejects", NEW, "Runtime.ExitError", "Error: Runtime exited with error: exit status 1"),
        ("shop/handlers.raisesLater", OLD, "EvalError", "later"),
        ("shop/handlers.unmarshalled", OLD, "Error", "Unable to stringify response body"),
        ("shop/handlers.unmarshalled", NEW, "Runtime.JSONStringifyError", "Unable to stringify response body"),
        ("shop/handlers.nobody", NEW, "Runtime.HandlerNotFound", "shop/handlers.nobody is undefined or not exported"),
        ("shop/handlers.number", OLD, "Runtime.HandlerNotFound", "shop/handlers.number is not a function"),
        ("nowhere.handler", NEW, "Runtime.ImportModuleError", "Error: Cannot find module 'nowhere'"),
        ("asks.handler", OLD, "Runtime.ImportModuleError", "Error: Cannot find module 'nowhere'"),
        ("handlers", NEW, "Runtime.MalformedHandlerName", "Bad handler"),
        ("../other.handler", NEW, "Runtime.MalformedHandlerName", "'../other.handler' is not a valid handler name."),
        ("wrong.handler", OLD, "Runtime.UserCodeSyntaxError", "SyntaxError: "),
        ("raises.handler", NEW, "URIError", "at once"),
        ("streams.handler", NEW, "Error", "the local cloud does not emulate streamed responses"),
    ],
)
def test_errors_are_told_as_lambda_does(
    cloud: RunningCloud, role: str, handler: str, runtime: str, kind: str, words: str
) -> None:
    payload, answer = _invoke(cloud, role, handler, runtime=runtime)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == kind
    assert words in payload["errorMessage"]
    assert kind == "Runtime.ExitError" or set(payload) == {"errorType", "errorMessage", "trace"}


@pytest.mark.parametrize("runtime", ["nodejs16.x", "nodejs26.x"])
def test_versions_that_the_machines_node_does_not_stand_for_are_refused(
    cloud: RunningCloud, role: str, runtime: str
) -> None:
    with pytest.raises(ClientError, match=rf"NotEmulated.*nodejs18.x, .*, got runtime '{runtime}'"):
        _invoke(cloud, role, "shop/handlers.warm", runtime=runtime)
    _invoke(cloud, role, "shop/handlers.warm", runtime=OLD)
    with pytest.raises(ClientError, match=r"NotEmulated"):
        cloud.client("lambda", ACCOUNT).update_function_configuration(
            FunctionName="shop-handlers-warm-nodejs22-x", Runtime=runtime
        )


def test_a_function_that_takes_too_long_is_ended(cloud: RunningCloud, role: str) -> None:
    payload, _ = _invoke(cloud, role, "shop/handlers.sleeps", Timeout=1)
    assert payload["errorType"] == "Sandbox.Timedout"
    assert any(line.endswith("\tINFO\tasleep") for line in _logged(cloud))


def test_json_logs_have_levels(cloud: RunningCloud, role: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
    cloud.client("logs", ACCOUNT).create_log_group(logGroupName="/custom/json")
    code = """exports.handler = async () => {
      console.info("left out");
      console.warn({ two: "lines\\n" });
      console.error("no %s", "luck", new RangeError("because"));
      throw new TypeError("ended");
    };"""
    settings = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/custom/json"}
    client = functions.create(
        cloud,
        "json-logs",
        role=role,
        handler="index.handler",
        files={"index.js": code},
        Runtime=NEW,
        LoggingConfig=settings,
    )
    assert client.get_function_configuration(FunctionName="json-logs")["LoggingConfig"] == settings

    client.invoke(FunctionName="json-logs")

    events = cloud.client("logs", ACCOUNT).filter_log_events(logGroupName="/custom/json")["events"]
    first, second, third = (json.loads(event["message"]) for event in events if event["message"].startswith("{"))
    assert (first["level"], first["message"]) == ("WARN", {"two": "lines\n"})
    assert set(first) == {"timestamp", "level", "requestId", "message"}
    assert (second["level"], second["errorType"], second["errorMessage"]) == ("ERROR", "RangeError", "because")
    assert second["message"].startswith("no luck RangeError: because")
    assert (third["level"], third["message"]["errorType"]) == ("ERROR", "TypeError")


def test_log_levels_without_an_effect_are_refused(cloud: RunningCloud, role: str) -> None:
    settings: dict[str, Any] = {"role": role, "handler": "index.handler", "files": {"index.js": ""}}
    level = {"ApplicationLogLevel": "WARN"}
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*LogLevel is not supported.*'Text'"):
        functions.create(cloud, "levels", Runtime=NEW, LoggingConfig=level, **settings)
    with pytest.raises(ClientError, match=r"NotEmulated.*log levels of nodejs functions, got the runtime 'python3.13'"):
        functions.create(cloud, "levels", LoggingConfig={**level, "LogFormat": "JSON"}, **settings)


def test_the_process_serves_the_next_invocation_too(cloud: RunningCloud, role: str) -> None:
    first, _ = _invoke(cloud, role, "shop/handlers.warm")
    second, _ = _invoke(cloud, role, "shop/handlers.warm")
    assert (first["served"], second["served"], first["pid"]) == (1, 2, second["pid"])


@pytest.mark.parametrize("runtime", [OLD, NEW])
@pytest.mark.parametrize("handler", ["sdk.handler", "sdk-module.handler"])
def test_the_sdk_is_that_of_the_folder_that_the_server_was_told(
    cloud: RunningCloud, role: str, handler: str, runtime: str
) -> None:
    payload, _ = _invoke(cloud, role, handler, runtime=runtime)
    assert payload == []


@pytest.mark.parametrize("handler", ["no-sdk.handler", "no-sdk-module.handler"])
def test_a_package_of_the_sdk_that_is_missing_is_named_with_the_option(
    cloud: RunningCloud, role: str, packages: Path, handler: str
) -> None:
    payload, _ = _invoke(cloud, role, handler)
    assert "Cannot find" in payload["errorMessage"]
    expected = f"{packages} has no @aws-sdk/client-nobody: start it with --node-modules"
    assert expected in payload["errorMessage"]
