"""CloudWatch: alarms that are evaluated, and metrics that services write."""

from typing import Any

from local_cloud.kernel import patching, runtime
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Service


@patching.owner
def _calls() -> None:
    """Metrics have the real time, and alarms are neither checked nor evaluated."""
    from moto.cloudwatch.exceptions import ValidationError
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    from local_cloud.services.cloudwatch import actions, alarm_clock, validation

    put_data = CloudWatchBackend.put_metric_data
    put_alarm = CloudWatchResponse.put_metric_alarm
    set_state = CloudWatchBackend.set_alarm_state

    def put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        now = runtime.current().clock.now().replace(tzinfo=None)
        put_data(self, namespace, [{"Timestamp": now, **item} for item in metric_data])
        for name in {item["MetricName"] for item in metric_data}:
            alarm_clock.data_arrived(self.account_id, self.region_name, namespace, name)

    def put_metric_alarm(self: Any) -> Any:
        problem = validation.problem(self._get_params())
        if problem:
            raise ValidationError(problem)
        answer = put_alarm(self)
        alarm_clock.data_arrived(
            self.current_account, self.region, self._get_param("Namespace"), self._get_param("MetricName")
        )
        return answer

    def set_alarm_state(self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        before = self.alarms[alarm_name].state_value if alarm_name in self.alarms else ""
        set_state(self, alarm_name, reason, reason_data, state_value)
        actions.changed(self.alarms[alarm_name], old=before, at=runtime.current().clock.timestamp())

    patching.replace(CloudWatchBackend, "put_metric_data", put_metric_data)
    patching.replace(CloudWatchBackend, "set_alarm_state", set_alarm_state)
    patching.replace(CloudWatchResponse, "put_metric_alarm", put_metric_alarm)


def _patch() -> None:
    from local_cloud.moto_patches import cloudwatch as patches

    patches.install()
    _calls()


def _start(running: Runtime) -> None:
    from local_cloud.services.cloudwatch import alarm_clock

    alarm_clock.start(running)


SERVICE = Service(name="cloudwatch", backends=("cloudwatch",), keeps=("cloudwatch",), patch=_patch, start=_start)
