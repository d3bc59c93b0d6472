"""Hooks the decisions into every request that reaches moto."""

import json
import re
from typing import Any, cast
from urllib.parse import unquote

import xmltodict
from moto.core.exceptions import AccessDeniedError as MotoAccessDeniedError
from moto.core.responses import BaseResponse, get_service_model
from moto.iam.models import iam_backends

from local_cloud.kernel import patching
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.kernel.services import backends
from local_cloud.services.iam import (
    encryption,
    leading_keys,
    pass_role,
    principals,
    requests,
    resource_context,
    resource_policies,
    role_arns,
    secrets,
    session_policies,
    trust,
)
from local_cloud.services.iam.authorization import authorize
from local_cloud.services.iam.policy import Principal
from local_cloud.services.iam.requests import Request
from local_cloud.services.s3 import encryption as encryption_of_objects

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/")
# The signing name is what clients send; a few differ from the prefix in policies.
_UNSIGNED = "AssumeRoleWithWebIdentity"
_IAM_PREFIX = {"eventbridge": "events", "monitoring": "cloudwatch", "stepfunctions": "states"}
_S3_SUBRESOURCES = {
    "encryption": "EncryptionConfiguration",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "ownershipControls": "BucketOwnershipControls",
    "replication": "ReplicationConfiguration",
    "object-lock": "BucketObjectLockConfiguration",
    "requestPayment": "BucketRequestPayment",
}


def check_request(response: BaseResponse, _iam_request_class: type, resource: str = "*") -> None:
    """Replaces moto's own check, which knows neither conditions nor resource policies.

    Raises:
        HTTPException: the caller is unknown or not allowed, in the shape of the called service.
    """
    access_key, region, signing_name = _signature(response)
    service = _IAM_PREFIX.get(signing_name, signing_name)
    if service == "sts" and response._get_action() == _UNSIGNED:  # noqa: SLF001  # as below
        # Its token is the signature.
        return
    if not access_key:
        raise _denied(response, service, "MissingAuthenticationToken", "Request is missing Authentication Token")
    principal = principals.of_access_key(access_key)
    if principal is None:
        raise _denied(
            response, service, "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    try:
        if service == "s3":
            _check_s3(response, principal, resource)
        else:
            _check(response, principal, service, region)
    except AccessDeniedError as error:
        raise _denied(response, service, "AccessDeniedException", str(error)) from error


def principal_of(response: BaseResponse) -> Principal | None:
    """Who signed a request; None for a key that nobody was given."""
    return principals.of_access_key(_signature(response)[0])


def _signature(response: BaseResponse) -> tuple[str, str, str]:
    """Access key, region and signing name."""
    scope = _SCOPE.search(response.headers.get("Authorization", "")) or _SCOPE.search(
        "Credential=" + unquote((response.querystring.get("X-Amz-Credential") or [""])[0])
    )
    if scope is not None:
        access_key, region, signing_name = scope.groups()
        return access_key, region, signing_name
    # Presigned S3 URLs of the older form carry the key alone.
    access_key = (response.querystring.get("AWSAccessKeyId") or [""])[0]
    return access_key, response.region, response.boto3_service_name


def _check(response: BaseResponse, principal: Principal, service: str, region: str) -> None:
    request = Request(
        service=service,
        operation=str(response._get_action()),  # noqa: SLF001  # moto has no public way to ask
        account_id=principal.account_id,
        region=region,
        parameters=parameters_of(response),
    )
    context = _context(request)
    if requests.action_of(request) == "sts:AssumeRole":
        _check_assume_role(principal, request, context)
        return
    for action, arn in requests.permissions_of(request):
        for each in _event_contexts(request, context):
            authorize(principal, action=action, resource=arn, owner=_owner(arn, principal), context=each)
        encryption.check_caller(principal, action=action, resource=arn)
    secrets.check_key(principal, request)
    for handed in pass_role.passed_roles(request):
        authorize(
            principal,
            action="iam:PassRole",
            resource=handed.role_arn,
            owner=handed.role_arn.split(":")[4],
            context={**context, "iam:passedtoservice": handed.service},
        )
        if not trust.trusts_service(handed.role_arn, handed.service):
            raise AccessDeniedError(
                principal=handed.service,
                action=trust.ASSUME_ROLE,
                resource=handed.role_arn,
                reason="the role does not exist or its trust policy does not name the service",
            )


def _check_assume_role(principal: Principal, request: Request, context: dict[str, Any]) -> None:
    role_arn = request.text("RoleArn")
    if not role_arns.is_role(role_arn):
        # The call itself refuses it.
        return
    if reason := session_policies.missing(request.parameters):
        raise AccessDeniedError(
            principal=principal.session_arn or principal.arn, action=trust.ASSUME_ROLE, resource=role_arn, reason=reason
        )
    trust.check_principal(role_arn, principal, {"aws:principalarn": principal.arn, **context})
    context = {**context, **_role_tags(role_arn)}
    # Naming the role itself in the trust policy would be enough within an account; roles of ours name the account.
    owner = role_arn.split(":")[4]
    authorize(principal, action=trust.ASSUME_ROLE, resource=role_arn, owner=owner, context=context, agreed=True)


def _role_tags(role_arn: str) -> dict[str, str]:
    roles = list(iam_backends[role_arn.split(":")[4]]["aws"].roles.values())
    tags: list[dict[str, str]] = next((role.tags for role in roles if role.arn == role_arn), [])
    return {f"iam:resourcetag/{tag['Key'].lower()}": str(tag["Value"]) for tag in tags}


def _check_s3(response: Any, principal: Principal, resource: str) -> None:
    bucket_name, _, key = resource.split(":::", 1)[-1].partition("/")
    owner = resource_policies.bucket_owner(bucket_name) or principal.account_id
    context: dict[str, Any] = {}
    action = _s3_action(response)
    if action == "s3:ListBucket":
        context["s3:prefix"] = (response.querystring.get("prefix") or [""])[0]
    if action == "s3:ListAllMyBuckets":
        resource, owner = "*", principal.account_id
    # The key is decoded by moto already; a second time would make one key's permission another's.
    resources = [resource]
    if not key and action == "s3:DeleteObject":
        resources = [f"arn:aws:s3:::{bucket_name}/{name}" for name in _keys_to_delete(response)]
    for arn in resources:
        authorize(principal, action=action, resource=arn, owner=owner, context=context)
    source = response.headers.get("x-amz-copy-source")
    if source:
        _check_copy_source(principal, unquote(source.partition("?")[0]))
    if key and not principal.is_root:
        _check_key(response, principal, owner=owner, bucket_name=bucket_name, key=key, action=action)


def _s3_action(response: Any) -> str:
    action = f"s3:{response.data.get('Action') or response._get_action()}"  # noqa: SLF001  # as above
    for name, subject in _S3_SUBRESOURCES.items():
        if name in response.querystring:
            action = f"s3:{'Get' if response.method == 'GET' else 'Put'}{subject}"
    return "s3:ListBucket" if action in {"s3:HeadBucket", "s3:ListBucketVersions"} else action


def _keys_to_delete(response: Any) -> list[str]:
    """Keys of a DeleteObjects request, each of which needs its own permission."""
    entries = xmltodict.parse(response.normalized_request.get_data())["Delete"]["Object"]
    return [str(entry["Key"]) for entry in (entries if isinstance(entries, list) else [entries])]


def _check_copy_source(principal: Principal, source: str) -> None:
    bucket_name, _, key = source.removeprefix("/").partition("/")
    owner = resource_policies.bucket_owner(bucket_name) or principal.account_id
    authorize(principal, action="s3:GetObject", resource=f"arn:aws:s3:::{bucket_name}/{key}", owner=owner)
    if not principal.is_root:
        _check_read(principal, owner=owner, bucket_name=bucket_name, key=key)


def _check_read(principal: Principal, *, owner: str, bucket_name: str, key: str) -> None:
    """What reading a key needs besides the permission on it."""
    from moto.s3.models import FakeDeleteMarker

    bucket = backends("s3")[owner]["aws"].buckets.get(bucket_name)
    if bucket is None:
        return
    stored = bucket.keys.get(key)
    if stored is None or isinstance(stored, FakeDeleteMarker):
        # Only who may list the bucket learns that a key is missing.
        authorize(principal, action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket_name}", owner=owner)
    elif key_id := encryption_of_objects.of_object(stored):
        _authorize_key(principal, key_id, owner, bucket.region_name, "kms:Decrypt")


def _check_key(response: Any, principal: Principal, *, owner: str, bucket_name: str, key: str, action: str) -> None:
    bucket = backends("s3")[owner]["aws"].buckets.get(bucket_name)
    if action in {"s3:GetObject", "s3:GetObjectVersion"}:
        _check_read(principal, owner=owner, bucket_name=bucket_name, key=key)
    elif (
        action == "s3:PutObject"
        and bucket is not None
        and (key_id := encryption_of_objects.of_new_object(response.headers, bucket))
    ):
        _authorize_key(principal, key_id, owner, bucket.region_name, "kms:GenerateDataKey")


def _authorize_key(principal: Principal, key_id: str, owner: str, region: str, action: str) -> None:
    arn = requests.key_arn(key_id, account_id=owner, region=region)
    if arn:
        region = arn.split(":")[3]
        # S3 uses the key on behalf of the caller.
        context = {"kms:viaservice": f"s3.{region}.amazonaws.com", "kms:calleraccount": principal.account_id}
        authorize(principal, action=action, resource=arn, owner=arn.split(":")[4], context=context)


def parameters_of(response: BaseResponse) -> dict[str, Any]:
    """A request's input by the names of its operation's model; not for S3."""
    model = get_service_model(response.boto3_service_name)
    operation = response._get_action()  # noqa: SLF001  # as above
    if operation not in model.operation_names:
        return {}
    response.parse_parameters(response.normalized_request)
    return dict(response.params)


def _context(request: Request) -> dict[str, Any]:
    context: dict[str, Any] = {"aws:requestedregion": request.region, **resource_context.of(request)}
    tags = request.parameters.get("Tags") or []
    if isinstance(tags, list):
        pairs = {str(tag.get("Key", tag.get("TagKey"))): str(tag.get("Value", tag.get("TagValue", ""))) for tag in tags}
        context |= {f"aws:requesttag/{key.lower()}": value for key, value in pairs.items()}
        context["aws:tagkeys"] = list(pairs)
    if request.text("ExternalId"):
        context["sts:externalid"] = request.text("ExternalId")
    if request.text("Namespace"):
        context["cloudwatch:namespace"] = request.text("Namespace")
    if request.service == "cloudformation":
        context |= _stack_keys(request)
    if keys := leading_keys.of(request):
        context["dynamodb:leadingkeys"] = keys
    if request.service == "application-autoscaling":
        context["application-autoscaling:service-namespace"] = request.text("ServiceNamespace")
        context["application-autoscaling:scalable-dimension"] = request.text("ScalableDimension")
    return context


def _stack_keys(request: Request) -> dict[str, str]:
    """What a request says of a stack.

    Reference: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    names = {"ChangeSetName": "changesetname", "RoleARN": "rolearn", "TemplateURL": "templateurl"}
    return {f"cloudformation:{key}": request.text(name) for name, key in names.items() if request.text(name)}


def _event_contexts(request: Request, context: dict[str, Any]) -> list[dict[str, Any]]:
    """The context of each part of a call, which AWS decides one by one.

    Reference: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    call = (request.service, request.operation)
    entries = request.parameters.get("Entries") or [] if call == ("events", "PutEvents") else []
    targets = request.parameters.get("Targets") or [] if call == ("events", "PutTargets") else []
    parts = [
        {"events:source": str(entry.get("Source")), "events:detail-type": str(entry.get("DetailType"))}
        for entry in entries
    ]
    parts += [{"events:targetarn": str(target.get("Arn"))} for target in targets]
    return [{**context, **part} for part in parts] or [context]


def _owner(arn: str, principal: Principal) -> str:
    account_id = (arn.split(":") + [""] * 5)[4]
    # AWS's own policies are everybody's.
    return principal.account_id if account_id in {"", "aws"} else account_id


def _denied(response: BaseResponse, service: str, code: str, message: str) -> Exception:
    if service == "s3":
        from moto.s3.exceptions import S3AccessDeniedError

        denied: Any = S3AccessDeniedError()
        denied.message = message
        return cast("Exception", denied)
    error: Any = MotoAccessDeniedError(user_arn="", action="")
    protocol = get_service_model(response.boto3_service_name).metadata["protocol"]
    if protocol in {"json", "rest-json", "smithy-rpc-v2-cbor"}:
        error.description = json.dumps({"__type": code, "code": code, "message": message, "Message": message})
    else:
        query_code = "AccessDenied" if code == "AccessDeniedException" else "InvalidClientTokenId"
        error.description = _query_body(query_code, message)
    return cast("Exception", error)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _query_body(code: str, message: str) -> str:
    return (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{code}</Code><Message>{_escape(message)}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    )


@patching.owner
def install() -> None:
    """Moto decides by identity policies alone and knows few of their elements; here AWS's whole logic decides."""
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.sts.responses import TokenResponse

    assume_role = TokenResponse.assume_role

    def assume_role_with_policies(self: Any) -> Any:
        role_arns.check(self.params["RoleArn"])
        answer = assume_role(self)
        # Moto keeps the inline session policy, and drops the named ones.
        answer.result["Credentials"].lc_policy_arns = session_policies.named(self.params)
        return answer

    patching.replace(TokenResponse, "assume_role", assume_role_with_policies)
    patching.replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", check_request)
