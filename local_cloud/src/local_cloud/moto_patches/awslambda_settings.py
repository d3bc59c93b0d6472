"""Faults of moto's Lambda about a function's settings, which it drops."""

from collections.abc import Mapping
from typing import Any, cast

from local_cloud.kernel import patching, sdk
from local_cloud.kernel.services import backends

# A function would run without what each of them promises.
_REFUSED = (
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "S3ObjectVersion",
    "TenancyConfig",
)
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
    refused_settings()
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
def refused_settings() -> None:
    """Settings that nothing here heeds are taken, and images as code."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import LambdaBackend

    create, change, load = (
        LambdaBackend.create_function,
        LambdaBackend.update_function_configuration,
        LambdaBackend.update_function_code,
    )

    def check(spec: Mapping[str, Any]) -> None:
        code = spec.get("Code") or spec
        lost = [name for name in _REFUSED if spec.get(name) or code.get(name)]
        if (spec.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
            lost.append("SnapStart")
        if spec.get("PackageType") == "Image" or code.get("ImageUri"):
            lost.append("PackageType Image")
        if lost:
            raise LambdaClientError(
                "NotEmulated", f"the local cloud does not emulate {', '.join(sorted(lost))} of a function; leave it out"
            )

    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        check(spec)
        return create(self, spec)

    def update_function_configuration(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        check(body)
        return change(self, function_name, qualifier, body)

    def update_function_code(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        check(body)
        return load(self, function_name, qualifier, body)

    changes = "moto_patches.awslambda_versions.publishing_changes"
    patching.replace(LambdaBackend, "create_function", create_function, after=changes)
    patching.replace(
        LambdaBackend,
        "update_function_configuration",
        update_function_configuration,
        after="moto_patches.awslambda_versions.revisions",
    )
    patching.replace(LambdaBackend, "update_function_code", update_function_code, after=changes)


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

    refused = "moto_patches.awslambda_settings.refused_settings"
    patching.replace(LambdaBackend, "create_function", create_function, after=refused)
    patching.replace(LambdaBackend, "update_function_configuration", update_function_configuration, after=refused)


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
