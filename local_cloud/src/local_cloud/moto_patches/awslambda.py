"""Faults of moto's Lambda."""

import base64
import io
import json
import re
import zipfile
from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.moto_patches import awslambda_aliases, awslambda_policies, awslambda_settings, awslambda_versions

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, FunctionName: a name, or an ARN with one
_NAME = re.compile(r"(arn:[^:]+:lambda:[^:]+:\d{12}:function:|\d{12}:function:|function:)?[a-zA-Z0-9-_]{1,64}")


def install() -> None:
    """Correct all of them."""
    configuration()
    reserved_variables()
    invocation_types()
    destinations()
    account_principals()
    networks()
    awslambda_versions.install()
    awslambda_aliases.install()
    awslambda_policies.install()
    awslambda_settings.install()
    archives_and_names()


@patching.owner
def configuration() -> None:
    """LoggingConfig and DeadLetterConfig are dropped, so that a function's own log group and queue stay empty."""
    from moto.awslambda.models import LambdaFunction

    make, update, describe = (
        LambdaFunction.__init__,
        LambdaFunction.update_configuration,
        LambdaFunction.get_configuration,
    )

    def keep(function: Any, spec: dict[str, Any]) -> None:
        if "LoggingConfig" in spec:
            function.logging_config = spec["LoggingConfig"] or {}
        if "DeadLetterConfig" in spec:
            function.dead_letter_config = spec["DeadLetterConfig"] or {}

    def init(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any) -> None:
        self.logging_config, self.dead_letter_config = {}, {}
        make(self, account_id, spec, *rest, **named)
        keep(self, spec)

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        keep(self, config_updates)
        return update(self, config_updates)

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = describe(self, on_create)
        if self.dead_letter_config.get("TargetArn"):
            found["DeadLetterConfig"] = self.dead_letter_config
        defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        found["LoggingConfig"] = {**defaults, **self.logging_config}
        return found

    patching.replace(LambdaFunction, "__init__", init)
    patching.replace(LambdaFunction, "update_configuration", update_configuration)
    patching.replace(LambdaFunction, "get_configuration", get_configuration)
    # Of functions in snapshots that were written before.
    patching.replace(LambdaFunction, "logging_config", {})
    patching.replace(LambdaFunction, "dead_letter_config", {})


@patching.owner
def reserved_variables() -> None:
    """Environment variables that Lambda sets itself are accepted."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaFunction

    make, update = LambdaFunction.__init__, LambdaFunction.update_configuration

    def check(spec: dict[str, Any]) -> None:
        variables = (spec.get("Environment") or {}).get("Variables") or {}
        reserved = sorted(_RESERVED & set(variables))
        if reserved:
            raise InvalidParameterValueException(
                "Lambda was unable to configure your environment variables because the environment variables you have "
                "provided contains reserved keys that are currently not supported for modification. "
                f"Reserved keys used in this request: {', '.join(reserved)}"
            )

    def init(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any) -> None:
        check(spec)
        make(self, account_id, spec, *rest, **named)

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        check(config_updates)
        return update(self, config_updates)

    patching.replace(LambdaFunction, "__init__", init, after="moto_patches.awslambda.configuration")
    patching.replace(
        LambdaFunction, "update_configuration", update_configuration, after="moto_patches.awslambda.configuration"
    )


@patching.owner
def invocation_types() -> None:
    """DryRun runs the function, Event waits for it, no payload is the text "{}", and errors are called Handled."""
    from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
    from moto.awslambda.models import LambdaFunction

    from local_cloud.services.lambda_ import asynchronous

    invoke = LambdaFunction.invoke

    def invoke_function(self: Any, body: Any, request_headers: Any, response_headers: Any) -> Any:
        kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
        if kind not in {"RequestResponse", "Event", "DryRun"}:
            raise InvalidParameterValueException(f"Unknown invocation type: {kind!r}")
        try:
            event = json.loads(body or "{}")
        except ValueError as error:
            raise LambdaClientError(
                "InvalidRequestContentException", f"Could not parse request body into json: {error}"
            ) from error
        if kind == "DryRun":
            return b""
        if kind == "Event":
            try:
                asynchronous.submit(self, event)
            except NotEmulatedError as error:
                raise LambdaClientError("NotEmulated", str(error)) from error
            return b""
        # Moto takes an empty text for no payload, and reads everything else as JSON.
        answer = invoke(self, json.dumps(event), request_headers, response_headers)
        if "x-amz-function-error" in response_headers:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer

    patching.replace(LambdaFunction, "invoke", invoke_function)


@patching.owner
def account_principals() -> None:
    """AddPermission keeps an account as plain text, which is no principal; AWS makes it the account's root."""
    from moto.awslambda.policy import Policy

    write = Policy.principal_formatter

    def principal_formatter(self: Any, principal: Any) -> Any:
        if isinstance(principal, str) and re.fullmatch(r"\d{12}", principal):
            return {"AWS": f"arn:aws:iam::{principal}:root"}
        return write(self, principal)

    patching.replace(Policy, "principal_formatter", principal_formatter)


@patching.owner
def destinations() -> None:
    """Destinations of asynchronous invocations are kept and never used; the first configuration is shown for ever."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import LambdaBackend

    put = LambdaBackend.put_function_event_invoke_config

    def update(self: Any, function_name: str, config: dict[str, Any]) -> Any:
        before = self.get_function(function_name).event_invoke_config
        return self.put_function_event_invoke_config(function_name, {**(before[-1].config if before else {}), **config})

    def put_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> Any:
        wanted = config.get("DestinationConfig") or {}
        if any((wanted.get(kind) or {}).get("Destination") for kind in ("OnSuccess", "OnFailure")):
            raise LambdaClientError(
                "NotEmulated",
                "the local cloud does not emulate DestinationConfig; use the function's DeadLetterConfig",
            )
        answer = put(self, function_name, config)
        del self.get_function(function_name).event_invoke_config[:-1]
        return answer

    patching.replace(LambdaBackend, "update_function_event_invoke_config", update)
    patching.replace(LambdaBackend, "put_function_event_invoke_config", put_function_event_invoke_config)


@patching.owner
def networks() -> None:
    """VpcConfig may name subnets and security groups that do not exist, and is answered with an invented VPC."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaFunction

    from local_cloud.services.ec2 import InvalidNetworkError, vpc_of

    make, update = LambdaFunction.__init__, LambdaFunction.update_configuration

    def place(config: Any, *, account_id: str, region: str) -> dict[str, Any] | None:
        # Without subnets a function leaves the network that it was in.
        if not (config or {}).get("SubnetIds"):
            return None
        groups = config.get("SecurityGroupIds", [])
        try:
            vpc = vpc_of(config["SubnetIds"], groups, account_id=account_id, region=region)
        except InvalidNetworkError as error:
            raise InvalidParameterValueException(f"Error occurred while connecting the function: {error}") from error
        return {"SubnetIds": config["SubnetIds"], "SecurityGroupIds": groups, "VpcId": vpc}

    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, *rest: Any, **named: Any) -> None:
        found = place(spec.get("VpcConfig"), account_id=account_id, region=region)
        make(self, account_id, {**spec, "VpcConfig": None}, region, *rest, **named)
        self._vpc_config = found

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        if "VpcConfig" in config_updates:
            found = place(config_updates["VpcConfig"], account_id=self.account_id, region=self.region)
            config_updates = {**config_updates, "VpcConfig": found}
        return update(self, config_updates)

    patching.replace(LambdaFunction, "__init__", init, after="moto_patches.awslambda.reserved_variables")
    patching.replace(
        LambdaFunction, "update_configuration", update_configuration, after="moto_patches.awslambda.reserved_variables"
    )
    patching.replace(LambdaFunction, "vpc_config", property(lambda self: self._vpc_config))


@patching.owner
def archives_and_names() -> None:
    """Code that is no archive becomes an active function, which fails at its first invocation; so does any name."""
    from moto.awslambda.exceptions import InvalidParameterValueException, ValidationException
    from moto.awslambda.models import LambdaBackend

    create, update = LambdaBackend.create_function, LambdaBackend.update_function_code

    def check(code: dict[str, Any]) -> None:
        packed = code.get("ZipFile")
        if packed is not None and not zipfile.is_zipfile(io.BytesIO(base64.b64decode(packed))):
            raise InvalidParameterValueException(
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            )

    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        name = str(spec.get("FunctionName", ""))
        if not _NAME.fullmatch(name):
            raise ValidationException(
                name, "functionName", f"Member must satisfy regular expression pattern: {_NAME.pattern}"
            )
        check(spec.get("Code") or {})
        return create(self, spec)

    def update_function_code(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        check(body)
        return update(self, function_name, qualifier, body)

    patching.replace(
        LambdaBackend, "create_function", create_function, after="moto_patches.awslambda_settings.runtimes"
    )
    patching.replace(
        LambdaBackend,
        "update_function_code",
        update_function_code,
        after="moto_patches.awslambda_versions.publishing_changes",
    )
