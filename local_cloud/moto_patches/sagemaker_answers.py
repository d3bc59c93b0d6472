"""Faults of moto's SageMaker in what descriptions say: clients with strict models, such as the SDK, break on them."""

from typing import Any

_UPDATED = frozenset(
    {
        "ModelPackageArn",
        "ModelApprovalStatus",
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "CustomerMetadataPropertiesToRemove",
        "AdditionalInferenceSpecificationsToAdd",
        # Makes a repeated call harmless; here every one is.
        "ClientToken",
    }
)


def install() -> None:
    """Correct all of them."""
    absent_structures()
    partial_updates()
    identities()


def absent_structures() -> None:
    """A structure that the request left out is described as an empty one, without the members that AWS requires.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
    """
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def without_empty(describe: Any, member: str) -> Any:
        def described(self: Any) -> Any:
            answer = dict(describe(self).result)
            if not answer.get(member):
                answer.pop(member, None)
            return ActionResult(answer)

        return described

    for name, member in (
        ("describe_endpoint", "DataCaptureConfig"),
        ("describe_endpoint_config", "DataCaptureConfig"),
        ("describe_model", "VpcConfig"),
    ):
        setattr(SageMakerResponse, name, without_empty(getattr(SageMakerResponse, name), member))


def partial_updates() -> None:
    """UpdateModelPackage forgets what a request leaves out: an approval would lose the version's metadata.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
    """
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

    SageMakerModelBackend.update_model_package = update_model_package


def identities() -> None:
    """Versions are made and approved by an invented user of Studio; and an update ignores half of its parameters."""
    from moto.sagemaker.exceptions import AWSValidationException
    from moto.sagemaker.responses import SageMakerResponse

    create, update = SageMakerResponse.create_model_package, SageMakerResponse.update_model_package

    def package(self: Any, answer: Any) -> Any:
        return self.sagemaker_backend.model_packages[answer.result["ModelPackageArn"]]

    def create_model_package(self: Any) -> Any:
        known = set(self.sagemaker_backend.model_packages)
        answer = create(self)
        # A repeated ClientToken answers with the version that somebody made before.
        if answer.result["ModelPackageArn"] not in known:
            package(self, answer).created_by = _caller(self.access_key)
        return answer

    def update_model_package(self: Any) -> Any:
        unknown = sorted({name for name, value in self.params.items() if value is not None} - _UPDATED)
        if unknown:
            raise AWSValidationException(
                f"the local cloud does not emulate {', '.join(unknown)} of UpdateModelPackage; it takes"
                f" {', '.join(sorted(_UPDATED))}"
            )
        answer = update(self)
        package(self, answer).last_modified_by = _caller(self.access_key)
        return answer

    SageMakerResponse.create_model_package = create_model_package
    SageMakerResponse.update_model_package = update_model_package


def _caller(access_key: str) -> dict[str, Any] | None:
    """UserContext of an IAM principal, None when nobody was given the key.

    Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserContext.html
    """
    from local_cloud.iam import principals

    principal = principals.of_access_key(access_key)
    return {"IamIdentity": {"Arn": principal.session_arn or principal.arn}} if principal else None
