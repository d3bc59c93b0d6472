"""Faults of moto's Lambda about a function's settings, which it drops."""

from collections.abc import Mapping
from typing import Any

from local_cloud.kernel import patching

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


def install() -> None:
    """Correct all of them."""
    changed_settings()
    refused_settings()


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
