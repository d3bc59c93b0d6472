"""Faults of moto's IAM."""

import copy
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    boundaries()
    managed_policies()
    trust_policies()
    client_ids()
    profiles_of_missing_roles()


@patching.owner
def managed_policies() -> None:
    """Every account reads all of AWS's own policies again, once a partition: a second of work for each account."""
    from moto.iam.models import IAMBackend

    init = IAMBackend._init_aws_policies
    read: dict[str, list[Any]] = {}

    def init_aws_policies(self: Any) -> list[Any]:
        if self.region_name not in read:
            read[self.region_name] = init(self)
        policies = [copy.copy(policy) for policy in read[self.region_name]]
        for policy in policies:
            policy.account_id = self.account_id
            # Moto changes these in place.
            policy.tags, policy.versions = dict(policy.tags), [copy.copy(version) for version in policy.versions]
        return policies

    patching.replace(IAMBackend, "_init_aws_policies", init_aws_policies)


@patching.owner
def boundaries() -> None:
    """CreateRole and PutRolePermissionsBoundary take a policy that does not exist; DeletePolicy one that is in use."""
    from moto.iam.exceptions import DeleteConflictException, NotFoundException
    from moto.iam.models import IAMBackend

    create, put, delete = (
        IAMBackend.create_role,
        IAMBackend.put_role_permissions_boundary,
        IAMBackend.delete_policy,
    )

    def check(backend: Any, arn: str | None) -> None:
        if arn and backend.policy_arn_regex.match(arn) and arn not in backend.managed_policies:
            raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")

    def create_role(
        self: Any,
        role_name: str,
        assume_role_policy_document: str,
        path: str,
        permissions_boundary: str | None,
        *rest: Any,
        **named: Any,
    ) -> Any:
        check(self, permissions_boundary)
        return create(self, role_name, assume_role_policy_document, path, permissions_boundary, *rest, **named)

    def put_role_permissions_boundary(self: Any, role_name: str, permissions_boundary: str) -> None:
        check(self, permissions_boundary)
        put(self, role_name, permissions_boundary)

    def delete_policy(self: Any, policy_arn: str) -> None:
        if any(role.permissions_boundary_arn == policy_arn for role in self.roles.values()):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        delete(self, policy_arn)

    patching.replace(IAMBackend, "create_role", create_role)
    patching.replace(IAMBackend, "put_role_permissions_boundary", put_role_permissions_boundary)
    patching.replace(IAMBackend, "delete_policy", delete_policy)


@patching.owner
def trust_policies() -> None:
    """A role is made with any text for its trust policy, and a service's role for any name of a service."""
    from moto.iam.exceptions import MalformedPolicyDocument, ValidationError
    from moto.iam.models import IAMBackend

    from local_cloud.services.iam import policy

    make, link = IAMBackend.create_role, IAMBackend.create_service_linked_role

    def create_role(self: Any, role_name: str, assume_role_policy_document: str, *rest: Any, **named: Any) -> Any:
        try:
            policy.check(assume_role_policy_document)
        except policy.MalformedPolicyError as error:
            raise MalformedPolicyDocument(str(error)) from error
        return make(self, role_name, assume_role_policy_document, *rest, **named)

    def create_service_linked_role(self: Any, service_name: str, *rest: Any, **named: Any) -> Any:
        if not service_name.endswith(".amazonaws.com"):
            raise ValidationError(f"{service_name} is no service principal; name one as sagemaker.amazonaws.com.")
        return link(self, service_name, *rest, **named)

    patching.replace(IAMBackend, "create_role", create_role, after="moto_patches.iam.boundaries")
    patching.replace(IAMBackend, "create_service_linked_role", create_service_linked_role)


@patching.owner
def client_ids() -> None:
    """A client id cannot be added to an identity provider, nor removed from one."""
    from moto.core.responses import EmptyResult
    from moto.iam.responses import IamResponse

    def add(self: Any) -> Any:
        provider = self.backend.get_open_id_connect_provider(self.params["OpenIDConnectProviderArn"])
        if self.params["ClientID"] not in provider.client_id_list:
            provider.client_id_list.append(self.params["ClientID"])
        return EmptyResult()

    def remove(self: Any) -> Any:
        provider = self.backend.get_open_id_connect_provider(self.params["OpenIDConnectProviderArn"])
        if self.params["ClientID"] in provider.client_id_list:
            provider.client_id_list.remove(self.params["ClientID"])
        return EmptyResult()

    patching.replace(IamResponse, "add_client_id_to_open_id_connect_provider", add)
    patching.replace(IamResponse, "remove_client_id_from_open_id_connect_provider", remove)


@patching.owner
def profiles_of_missing_roles() -> None:
    """ListInstanceProfilesForRole answers for a role that is not there."""
    from moto.iam.models import IAMBackend

    of_role = IAMBackend.get_instance_profiles_for_role

    def get_instance_profiles_for_role(self: Any, role_name: str) -> Any:
        self.get_role(role_name)
        return of_role(self, role_name)

    patching.replace(IAMBackend, "get_instance_profiles_for_role", get_instance_profiles_for_role)
