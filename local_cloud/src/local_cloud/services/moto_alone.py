"""Services that moto does well enough by itself; the local cloud decides who may call them, and keeps their state."""

from local_cloud.kernel.services import Service

SERVICES = tuple(Service(name=name, backends=(name,), keeps=(name,)) for name in ("ssm",))
