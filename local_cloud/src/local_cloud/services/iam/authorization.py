"""Decides: identity policy, permissions boundary and resource policy, within one account and across two.

Reference: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from local_cloud.kernel import runtime
from local_cloud.kernel.errors import AccessDeniedError
from local_cloud.services.iam import calls, policy, principals, resource_policies
from local_cloud.services.iam.calls import Decision
from local_cloud.services.iam.conditions import ConditionContext
from local_cloud.services.iam.policy import Effect, Principal

# What these may do is decided by the service alone.
_ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}


def authorize(
    principal: Principal,
    *,
    action: str,
    resource: str,
    owner: str,
    context: ConditionContext | None = None,
    agreed: bool = False,
) -> None:
    """Decide one action on one resource, and log the decision.

    Args:
        principal: the caller.
        action: IAM action.
        resource: ARN, or ``*``.
        owner: account that owns the resource.
        context: condition keys in lower case, besides the global ones.
        agreed: the owner's side allowed it already, as a role's trust policy does; the caller's own policies are left.

    Raises:
        AccessDeniedError: it is not allowed.
    """
    settings = runtime.current().settings
    everything = {
        # Requests stay on the loopback interface, where nobody can listen in.
        "aws:securetransport": "true",
        "aws:principalaccount": principal.account_id,
        "aws:principalarn": principal.arn,
        "aws:resourceaccount": owner,
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
        **({"s3:resourceaccount": owner} if action.startswith("s3:") else {}),
        **(context or {}),
    }
    decision = _decide(principal, action, resource, principal.account_id if agreed else owner, everything)
    if not principal.is_root or not decision.allowed or owner != principal.account_id:
        calls.record(
            settings.state_dir / "calls.jsonl",
            principal=principal.arn,
            session=principal.session_arn,
            account_id=principal.account_id,
            action=action,
            resource=resource,
            owner=owner,
            context=context or {},
            decision=decision,
        )
    if not decision.allowed and settings.enforce_iam:
        raise AccessDeniedError(
            principal=f"User: {principal.session_arn or principal.arn}",
            action=action,
            resource=resource,
            reason=decision.reason,
        )


def authorize_service(service: str, *, action: str, resource: str, source_arn: str) -> None:
    """Decide what an AWS service does in its own name: the resource's policy alone has to allow it, and it is logged.

    Args:
        service: service principal, for example ``events.amazonaws.com``.
        action: IAM action.
        resource: ARN.
        source_arn: the resource that makes the service act (aws:SourceArn); its account is aws:SourceAccount.

    Raises:
        AccessDeniedError: it is not allowed.
    """
    settings = runtime.current().settings
    document = resource_policies.of_resource(resource)
    context = {
        "aws:securetransport": "true",
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": source_arn.split(":")[4],
    }
    effect = policy.evaluate(
        [document] if document else [],
        action=action,
        resource=resource,
        context=context,
        principal=Principal(arn=service, service=service),
    )
    allowed = effect is Effect.ALLOW
    decision = (
        Decision(allowed=True, reason="allowed", by="resource")
        if allowed
        else _denied(f"no resource-based policy allows the {action} action")
    )
    calls.record(
        settings.state_dir / "calls.jsonl",
        principal=service,
        session="",
        account_id=source_arn.split(":")[4],
        action=action,
        resource=resource,
        owner=resource.split(":")[4],
        context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
        decision=decision,
    )
    if not allowed and settings.enforce_iam:
        raise AccessDeniedError(principal=service, action=action, resource=resource, reason=decision.reason)


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All that say something of a request.

    Args:
        identity: the caller's own.
        boundary: the caller's permissions boundary; None without one.
        session: those that narrow the caller's session; empty without any.
        resource: the resource's own; None without one.
    """

    identity: Sequence[policy.Document] = ()
    boundary: policy.Document | None = None
    session: Sequence[policy.Document] = ()
    resource: policy.Document | None = None


def _denied(reason: str, *, explicit: bool = False) -> Decision:
    return Decision(allowed=False, reason=reason, explicit=explicit)


def _decide(principal: Principal, action: str, resource: str, owner: str, context: ConditionContext) -> Decision:
    if action in _ALWAYS_ALLOWED:
        return Decision(allowed=True, reason="always allowed")
    attached = resource_policies.of_resource(resource)
    policies = Policies(resource=attached)
    if not principal.is_root:
        policies = Policies(
            identity=principals.identity_policies(principal),
            boundary=principals.permissions_boundary(principal),
            session=[policy.parse(text) for text in principal.session_policies],
            resource=attached,
        )
    return decide(policies, principal, action=action, resource=resource, owner=owner, context=context)


def decide(  # noqa: C901, PLR0911, PLR0912  # one branch and return a box of AWS's flow chart
    policies: Policies, principal: Principal, *, action: str, resource: str, owner: str, context: ConditionContext
) -> Decision:
    """What policies say of one action on one resource, without a word to anybody.

    Args:
        policies: all of them.
        principal: the caller.
        action: IAM action.
        resource: ARN, or ``*``.
        owner: account that owns the resource.
        context: condition keys in lower case.
    """
    attached = [policies.resource] if policies.resource else []

    def evaluate(documents: Sequence[policy.Document], who: Principal | None = None) -> Effect:
        return policy.evaluate(documents, action=action, resource=resource, context=context, principal=who)

    if evaluate(attached, principal) is Effect.DENY:
        return _denied("of an explicit deny in a resource-based policy", explicit=True)
    same_account = owner == principal.account_id
    if principal.is_root:
        identity = Effect.ALLOW
    else:
        identity = evaluate(policies.identity)
        limit = evaluate([policies.boundary]) if policies.boundary is not None else Effect.ALLOW
        if limit is Effect.DENY:
            return _denied("of an explicit deny in a permissions boundary", explicit=True)
        if limit is not Effect.ALLOW and evaluate(_naming_session(attached, principal)) is not Effect.ALLOW:
            return _denied(f"no permissions boundary allows the {action} action", explicit=identity is Effect.DENY)
        if policies.session:
            limit = evaluate(policies.session)
            if limit is Effect.DENY:
                return _denied("of an explicit deny in a session policy", explicit=True)
            if limit is not Effect.ALLOW and evaluate(_naming_session(attached, principal)) is not Effect.ALLOW:
                return _denied(f"no session policy allows the {action} action", explicit=identity is Effect.DENY)
    if identity is Effect.DENY:
        return _denied("of an explicit deny in an identity-based policy", explicit=True)
    # In the same account a policy that names the account only lets its identity policies decide.
    named = evaluate(attached, replace(principal, account_id="") if same_account else principal)
    if same_account:
        # A key is the exception: without the account in its policy, identity policies do not count.
        delegated = not resource.startswith("arn:aws:kms:") or evaluate(attached, principal) is Effect.ALLOW
        if identity is Effect.ALLOW and delegated:
            return Decision(allowed=True, reason="allowed", by="identity")
        if named is Effect.ALLOW:
            return Decision(allowed=True, reason="allowed", by="resource")
        return _denied(f"no identity-based policy allows the {action} action")
    if identity is not Effect.ALLOW:
        return _denied(f"no identity-based policy allows the {action} action")
    if named is not Effect.ALLOW:
        return _denied(f"no resource-based policy allows the {action} action")
    return Decision(allowed=True, reason="allowed", by="identity+resource")


def _naming_session(attached: list[policy.Document], principal: Principal) -> list[policy.Document]:
    """The statements that name the session by its own ARN, which neither a boundary nor a session policy narrows."""
    return [
        {"Statement": statement}
        for document in attached
        for statement in policy.statements(document)
        if isinstance(statement.get("Principal"), dict)
        and principal.session_arn in policy.items(statement["Principal"].get("AWS", []))
    ]
