"""Faults of moto's Lambda about a function's settings, which it drops."""

from typing import Any, cast

from local_cloud.kernel import patching, sdk
from local_cloud.kernel.services import backends

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated
# Of younger ones AWS has moved the dates more than once.
_RETIRED = frozenset(
    [
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
        "ruby2.7",
    ]
)


def install() -> None:
    """Correct all of them."""
    changed_settings()
    runtimes()
    missing_code()


@patching.owner
def changed_settings() -> None:
    """UpdateFunctionConfiguration drops EphemeralStorage, TracingConfig and KMSKeyArn; no variables are an error."""
    from moto.awslambda.models import LambdaFunction

    update = LambdaFunction.update_configuration

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        if "Environment" in config_updates:
            variables = (config_updates["Environment"] or {}).get("Variables") or {}
            config_updates = {**config_updates, "Environment": {"Variables": variables}}
        if config_updates.get("EphemeralStorage"):
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if config_updates.get("TracingConfig"):
            self.tracing_config = config_updates["TracingConfig"]
        if "KMSKeyArn" in config_updates:
            self.kms_key_arn = config_updates["KMSKeyArn"] or None
        return update(self, config_updates)

    patching.replace(
        LambdaFunction, "update_configuration", update_configuration, after="moto_patches.awslambda.networks"
    )


@patching.owner
def runtimes() -> None:
    """Runtimes that do not exist are taken, and those that AWS makes no function of any more."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend

    create, change = LambdaBackend.create_function, LambdaBackend.update_function_configuration

    def check(name: str | None) -> None:
        known = sdk.loader().load_service_model("lambda", "service-2")["shapes"]["Runtime"]["enum"]
        if name in _RETIRED:
            raise InvalidParameterValueException(
                f"The runtime parameter of {name} is no longer supported for creating or updating AWS Lambda "
                "functions. We recommend you use a supported runtime while creating or updating functions."
            )
        if name is not None and name not in known:
            raise InvalidParameterValueException(
                f"Value {name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                f"[{', '.join(runtime for runtime in known if runtime not in _RETIRED)}] or be a valid ARN"
            )

    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        check(spec.get("Runtime"))
        return create(self, spec)

    def update_function_configuration(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        check(body.get("Runtime"))
        return change(self, function_name, qualifier, body)

    patching.replace(
        LambdaBackend, "create_function", create_function, after="moto_patches.awslambda_versions.publishing_changes"
    )
    patching.replace(
        LambdaBackend,
        "update_function_configuration",
        update_function_configuration,
        after="moto_patches.awslambda_versions.revisions",
    )


@patching.owner
def missing_code() -> None:
    """An object that is missing in S3 becomes code without a byte, a missing bucket an error of Python."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaFunction
    from moto.s3.exceptions import MissingBucket

    load = LambdaFunction._set_function_code

    def refused(code: str, message: str) -> Exception:
        words = f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
        return cast("Exception", InvalidParameterValueException(words))

    def set_function_code(self: Any, updated_spec: dict[str, Any]) -> None:
        if "S3Bucket" in updated_spec:
            try:
                bucket, key = updated_spec["S3Bucket"], updated_spec["S3Key"]
                found = backends("s3")[self.account_id][self.partition].get_object(bucket, key)
            except MissingBucket as error:
                raise refused("NoSuchBucket", "The specified bucket does not exist") from error
            if found is None:
                raise refused("NoSuchKey", "The specified key does not exist.")
        load(self, updated_spec)

    patching.replace(LambdaFunction, "_set_function_code", set_function_code)
