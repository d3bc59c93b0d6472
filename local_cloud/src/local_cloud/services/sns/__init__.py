"""SNS: moto's, corrected, with deliveries that nobody who publishes waits for or fails by."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


@patching.owner
def _deliveries() -> None:
    """A message that a subscriber does not take fails Publish, which waits for functions; they get a canned event."""
    from moto.sns.models import Subscription

    from local_cloud.services.sns import deliveries

    publish = Subscription.publish

    def deliver(self: Any, message: str, message_id: str, **named: Any) -> None:
        deliveries.deliver(self, message, message_id, to_queue=publish, **named)

    patching.replace(Subscription, "publish", deliver)


def _patch() -> None:
    from local_cloud.moto_patches import sns as patches

    patches.install()
    _deliveries()


SERVICE = Service(name="sns", backends=("sns",), keeps=("sns",), patch=_patch)
