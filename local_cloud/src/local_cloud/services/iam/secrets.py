"""Secrets in IAM's terms: ARNs with their six random characters, and the key behind a secret.

Reference: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.iam.authorization import authorize
from local_cloud.services.iam.policy import Principal
from local_cloud.services.iam.requests import Request, key_arn

_READS = {"GetSecretValue"}
_WRITES = {"CreateSecret", "PutSecretValue", "UpdateSecret"}
_SERVICE_KEY = "alias/aws/secretsmanager"


def check_key(principal: Principal, request: Request) -> None:
    """Check the caller's use of a customer-managed key, on whose behalf Secrets Manager encrypts.

    Raises:
        AccessDeniedError: the caller may not use the key.
    """
    if request.service != "secretsmanager" or request.operation not in _READS | _WRITES or principal.is_root:
        return
    secret: Any = backends("secretsmanager")[request.account_id][request.region].secrets.get(request.text("SecretId"))
    key_id = request.text("KmsKeyId") or (secret.kms_key_id if secret else None) or _SERVICE_KEY
    if key_id == _SERVICE_KEY:
        return
    arn = key_arn(key_id, account_id=request.account_id, region=request.region)
    if arn is None:
        return
    context = {"kms:viaservice": f"secretsmanager.{request.region}.amazonaws.com"}
    for action in ("kms:Decrypt",) if request.operation in _READS else ("kms:GenerateDataKey", "kms:Decrypt"):
        authorize(principal, action=action, resource=arn, owner=arn.split(":")[4], context=context)
