"""Faults of moto's SageMaker in what it keeps and describes: strict clients, such as the SDK, break on them."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from local_cloud.kernel import patching

# Of CustomerMetadataMap: entries, length of a key, length of a value.
_MOST_ENTRIES, _LONGEST = 50, {"key": 128, "value": 256}


def install() -> None:
    """Correct all of them."""
    absent_structures()
    partial_updates()
    identities()
    metadata_constraints()


@patching.owner
def absent_structures() -> None:
    """DescribeEndpoint, DescribeEndpointConfig and DescribeModel have an empty structure where the request had none."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def without_empty(describe: Any, members: tuple[str, ...]) -> Any:
        def described(self: Any) -> Any:
            told = dict(describe(self).result)
            return ActionResult({name: value for name, value in told.items() if value or name not in members})

        return described

    for name, members in (
        ("describe_endpoint", ("DataCaptureConfig",)),
        ("describe_endpoint_config", ("DataCaptureConfig",)),
        ("describe_model", ("VpcConfig", "PrimaryContainer", "Containers")),
    ):
        patching.replace(SageMakerResponse, name, without_empty(getattr(SageMakerResponse, name), members))


@patching.owner
def partial_updates() -> None:
    """UpdateModelPackage forgets what a request leaves out: an approval would lose the version's metadata."""
    from moto.sagemaker.models import SageMakerModelBackend

    update = SageMakerModelBackend.update_model_package

    def update_model_package(self: Any, model_package_arn: str, **changes: Any) -> str:
        arn = self.model_package_name_mapping.get(model_package_arn, model_package_arn)
        package = self.model_packages.get(arn)
        if package is not None:
            for name in ("model_approval_status", "approval_description"):
                if changes[name] is None:
                    changes[name] = getattr(package, name)
            kept = package.customer_metadata_properties or {}
            changes["customer_metadata_properties"] = kept | (changes["customer_metadata_properties"] or {})
            if changes["additional_inference_specifications_to_add"] is None:
                # Nothing to add is an empty list for moto when there are some, and its absence when there are none.
                present = package.additional_inference_specifications is not None
                changes["additional_inference_specifications_to_add"] = [] if present else None
        return str(update(self, model_package_arn=model_package_arn, **changes))

    patching.replace(SageMakerModelBackend, "update_model_package", update_model_package)


@patching.owner
def identities() -> None:
    """Versions are made and approved by an invented user of Studio; AWS says which IAM principal it was."""
    # UserContext: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserContext.html
    from moto.sagemaker.models import sagemaker_backends
    from moto.sagemaker.responses import SageMakerResponse

    from local_cloud.services.iam import principals

    create, update = SageMakerResponse.create_model_package, SageMakerResponse.update_model_package

    def caller(self: Any) -> dict[str, Any] | None:
        principal = principals.of_access_key(self.access_key)
        return {"IamIdentity": {"Arn": principal.session_arn or principal.arn}} if principal else None

    def package(answer: Any) -> Any:
        arn = answer.result["ModelPackageArn"]
        _, _, _, region, account_id, _ = arn.split(":", 5)
        return sagemaker_backends[account_id][region].model_packages[arn]

    def create_model_package(self: Any) -> Any:
        answer = create(self)
        made = package(answer)
        # A repeated ClientToken answers with the version that somebody made before.
        if "IamIdentity" not in (made.created_by or {}):
            made.created_by = caller(self)
        return answer

    def update_model_package(self: Any) -> Any:
        answer = update(self)
        package(answer).last_modified_by = caller(self)
        return answer

    patching.replace(
        SageMakerResponse, "create_model_package", create_model_package, after="services.sagemaker.registry.install"
    )
    patching.replace(
        SageMakerResponse, "update_model_package", update_model_package, after="services.sagemaker.registry.install"
    )


@patching.owner
def metadata_constraints() -> None:
    """CreateModelPackage and UpdateModelPackage take metadata that AWS refuses: commas, empty or long values."""
    # CustomerMetadataMap: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.responses import SageMakerResponse

    create, update = SageMakerResponse.create_model_package, SageMakerResponse.update_model_package

    def allowed(text: str, longest: int) -> bool:
        characters = all(character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN" for character in text)
        return characters and 1 <= len(text) <= longest

    def broken(metadata: Mapping[str, str]) -> str | None:
        if len(metadata) > _MOST_ENTRIES:
            return f"Member must have length less than or equal to {_MOST_ENTRIES}"
        for part, texts in (("key", metadata.keys()), ("value", metadata.values())):
            longest = _LONGEST[part]
            if not all(allowed(text, longest) for text in texts):
                return (
                    f"Map {part} must satisfy constraint: [Member must have length less than or equal to {longest},"
                    " Member must have length greater than or equal to 1, Member must satisfy regular expression"
                    f" pattern: ([\\p{{L}}\\p{{Z}}\\p{{N}}_.:\\/=+\\-@]*)${{1,{longest}}}]"
                )
        return None

    def checked(call: Any) -> Any:
        def checked_call(self: Any) -> Any:
            metadata = self.params.get("CustomerMetadataProperties") or {}
            constraint = broken(metadata)
            if constraint:
                told = ", ".join(f"{key}={value}" for key, value in metadata.items())
                raise AWSValidationException(
                    f"1 validation error detected: Value '{{{told}}}' at 'customerMetadataProperties' failed to"
                    f" satisfy constraint: {constraint}"
                )
            return call(self)

        return checked_call

    patching.replace(
        SageMakerResponse, "create_model_package", checked(create), after="moto_patches.sagemaker_answers.identities"
    )
    patching.replace(
        SageMakerResponse, "update_model_package", checked(update), after="moto_patches.sagemaker_answers.identities"
    )
