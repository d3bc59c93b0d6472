"""Endpoints: a new fleet is up before the old one goes, and a failed update leaves the old one serving.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import AWSValidationException
from moto.sagemaker.models import sagemaker_backends

from local_cloud.faults import endpoints as faults
from local_cloud.kernel import runtime
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import deployment, fleet_start, rollout, servable, variants
from local_cloud.services.sagemaker.deployment import DeploymentError, Plan
from local_cloud.services.sagemaker.traffic import Serving, Traffic

_after_change: list[Callable[[Any], None]] = []
_IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
_UNEXPLAINED = "InternalServerError: We encountered an internal error. Please try again."
_FAILURES = (LocalCloudError, BotoCoreError, ClientError, OSError)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What UpdateEndpoint asks for.

    Args:
        config_name: the endpoint configuration to switch to.
        deployment_config: how; None for all at once.
        retain: keep the variants' instance counts and weights.
        exclude: properties that are not kept although retain is True.
        reuse_deployment_config: take the deployment configuration of the last operation.
    """

    config_name: str
    deployment_config: Mapping[str, Any] | None = None
    retain: bool = False
    exclude: Sequence[str] = field(default=())
    reuse_deployment_config: bool = False


class _Fleets:
    """The fleets of all endpoints, by their ARNs."""

    def __init__(self) -> None:
        self.changing = threading.Lock()
        self._traffic: dict[str, Traffic] = {}

    def of(self, arn: str) -> Traffic:
        """An endpoint's."""
        with self.changing:
            return self._traffic.setdefault(arn, Traffic())

    def close(self, arn: str) -> None:
        """The endpoint is gone."""
        with self.changing:
            traffic = self._traffic.pop(arn, None)
        if traffic is not None:
            traffic.close()


def create(endpoint: Any) -> None:
    """Start serving in the background."""
    endpoint.endpoint_status = "Creating"
    endpoint.last_deployment_config = endpoint.pending_deployment_summary = None
    config_name = endpoint.endpoint_config_name

    def work() -> None:
        struck = faults.strike("CreateEndpoint", arn=endpoint.arn)
        if struck is not None:
            _end(endpoint, struck.status, struck.reason)
            return
        try:
            serving = fleet_start.start(endpoint, config_name)
        except _FAILURES as error:
            _end(endpoint, "Failed", str(error))
        else:
            traffic_of(endpoint).serve(serving)
            _end(endpoint, "InService")

    _in_background(endpoint, work, otherwise="Failed")


def update(endpoint: Any, order: Update) -> None:
    """Switch to another configuration in the background.

    Raises:
        AWSValidationException: an operation is under way, the endpoint has failed, the configuration is the current one
            or missing, or the deployment configuration is wrong.
    """
    check_updatable(endpoint)
    if order.config_name == endpoint.endpoint_config_name:
        raise AWSValidationException(
            f'Cannot update endpoint "{endpoint.arn}" with the endpoint configuration that it already has.'
        )
    account_id, region = owner(endpoint)
    config = sagemaker_backends[account_id][region].endpoint_configs.get(order.config_name)
    if config is None:
        arn = f"arn:aws:sagemaker:{region}:{account_id}:endpoint-config/{order.config_name}"
        raise AWSValidationException(f'Could not find endpoint configuration "{arn}".')
    check_servable(sagemaker_backends[account_id][region], order.config_name)
    new = endpoint._process_production_variants(config.production_variants)  # noqa: SLF001  # moto's own way
    if order.retain:
        new = variants.retained(new, endpoint.production_variants, exclude=order.exclude)
    used = endpoint.last_deployment_config if order.reuse_deployment_config else order.deployment_config
    try:
        plan = deployment.plan(used, instances=variants.instances(new))
    except DeploymentError as error:
        raise AWSValidationException(str(error)) from error
    if used and variants.names(new) != variants.names(endpoint.production_variants):
        raise AWSValidationException(
            f"A deployment configuration needs an endpoint configuration with the same variant names, got"
            f" {variants.names(new)} for {variants.names(endpoint.production_variants)}."
        )
    _begin(endpoint, "Updating")
    endpoint.last_deployment_config = used
    endpoint.pending_deployment_summary = variants.pending(order.config_name, new, config.production_variants)
    _in_background(endpoint, lambda: _update(endpoint, order.config_name, plan, new), otherwise="InService")


def check_deployment_config(config: Mapping[str, Any] | None, backend: Any, config_name: str) -> None:
    """Check the one that CreateEndpoint keeps for later updates.

    Raises:
        AWSValidationException: it is wrong.
    """
    known = backend.endpoint_configs.get(config_name)
    counts = [item.get("InitialInstanceCount") or 1 for item in known.production_variants] if known else [1]
    try:
        deployment.plan(config, instances=min(counts))
    except DeploymentError as error:
        raise AWSValidationException(str(error)) from error


def check_servable(backend: Any, config_name: str) -> None:
    """Refuse at once what no fleet can serve.

    Raises:
        NotEmulatedError: with the reason.
    """
    # That a model is gone AWS finds out when it starts the fleet.
    with contextlib.suppress(servable.MissingModelError):
        servable.variant_of(backend, config_name)


def check_updatable(endpoint: Any) -> None:
    """Refuse what AWS refuses while something is under way.

    Raises:
        AWSValidationException: an operation is under way, or the endpoint has failed.
    """
    _check_idle(endpoint)
    if endpoint.endpoint_status == "Failed":
        raise AWSValidationException(f'Cannot update failed endpoint "{endpoint.arn}", delete it.')


def change_in_place(endpoint: Any, change: Callable[[], None]) -> None:
    """Change an endpoint that goes on serving with the same fleet.

    Raises:
        AWSValidationException: an operation is under way.
    """
    _begin(endpoint, "Updating")

    def work() -> None:
        change()
        _end(endpoint, "InService")

    _in_background(endpoint, work, otherwise="InService")


def delete(endpoint: Any) -> None:
    """Stop serving once the requests in flight are answered.

    Raises:
        AWSValidationException: an operation is under way.
    """
    _begin(endpoint, "Deleting")
    runtime.current().of(_Fleets).close(endpoint.arn)


@contextmanager
def request(endpoint: Any) -> Iterator[Serving]:
    """Work on one request with the fleet whose turn it is.

    Raises:
        LocalCloudError: none runs, and none can be started.
    """
    with traffic_of(endpoint).request(lambda: fleet_start.start(endpoint, endpoint.endpoint_config_name)) as serving:
        yield serving


def traffic_of(endpoint: Any) -> Traffic:
    """The endpoint's fleets."""
    return runtime.current().of(_Fleets).of(endpoint.arn)


def owner(endpoint: Any) -> tuple[str, str]:
    """Account and region."""
    _, _, _, region, account_id, _ = endpoint.arn.split(":", 5)
    return account_id, region


def after_change(callback: Callable[[Any], None]) -> None:
    """Call back when an operation has ended and the endpoint is in service."""
    _after_change.append(callback)


def after_restore(endpoint: Any) -> None:
    """What was under way when the server stopped has failed; what served goes on serving at the next request."""
    stopped = "the local cloud stopped while the endpoint was {}"
    if endpoint.endpoint_status == "Creating":
        endpoint.endpoint_status, endpoint.failure_reason = "Failed", stopped.format("created")
    elif endpoint.endpoint_status in _IN_PROGRESS:
        endpoint.endpoint_status, endpoint.failure_reason = "InService", stopped.format("updated")
    endpoint.pending_deployment_summary = None


def _update(endpoint: Any, config_name: str, plan: Plan, new_variants: list[dict[str, Any]]) -> None:
    traffic, fresh, reason, unforeseen = traffic_of(endpoint), None, None, None
    struck = faults.strike("UpdateEndpoint", arn=endpoint.arn)
    try:
        fresh = fleet_start.start(endpoint, config_name)
        _refuse(struck)
        rollout.roll_out(endpoint, traffic, fresh, plan)
    except rollout.SilentRollbackError:
        pass
    except _FAILURES as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001  # the old fleet goes on serving, whatever it is
        reason, unforeseen = _UNEXPLAINED, error
    else:
        old = traffic.in_service()
        endpoint.endpoint_config_name, endpoint.production_variants = config_name, new_variants
        traffic.serve(fresh)
        if old is not None:
            traffic.retire(old)
        _end(endpoint, "InService")
        return
    endpoint.endpoint_status = "RollingBack"
    traffic.back()
    if fresh is not None:
        traffic.retire(fresh)
    _end(endpoint, struck.status if struck is not None else "InService", reason)
    if unforeseen is not None:
        raise unforeseen


def _refuse(struck: faults.Failure | None) -> None:
    if struck is not None:
        raise rollout.RolloutError(struck.reason)


def _begin(endpoint: Any, status: str) -> None:
    """Of operations that are asked for at the same time, one begins."""
    with runtime.current().of(_Fleets).changing:
        _check_idle(endpoint)
        endpoint.endpoint_status, endpoint.last_modified_time = status, utcnow()


def _check_idle(endpoint: Any) -> None:
    if endpoint.endpoint_status in _IN_PROGRESS:
        raise AWSValidationException(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _end(endpoint: Any, status: str, reason: str | None = None) -> None:
    endpoint.failure_reason, endpoint.pending_deployment_summary = reason, None
    endpoint.last_modified_time = utcnow()
    endpoint.endpoint_status = status
    if status == "InService":
        for callback in _after_change:
            callback(endpoint)


def _in_background(endpoint: Any, work: Callable[[], None], *, otherwise: str) -> None:
    """Run an operation; after an error that nobody foresaw the endpoint is in the status that is told."""

    def fail(_: Exception) -> None:
        if endpoint.endpoint_status in _IN_PROGRESS:
            _end(endpoint, otherwise, _UNEXPLAINED)

    runtime.current().background.start(endpoint.arn, lambda _: work(), fail=fail)
