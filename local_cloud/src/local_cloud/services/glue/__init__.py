"""Glue jobs that really run: StartJobRun starts the job's script on local Spark under the job role's credentials."""

from local_cloud.kernel.services import Service


def _patch() -> None:
    from local_cloud.moto_patches import glue as patches
    from local_cloud.services.glue import connections, extension

    patches.install()
    connections.install()
    extension.install()


def _resume() -> None:
    from local_cloud.services.glue import extension

    extension.fail_interrupted_runs()


SERVICE = Service(name="glue", backends=("glue",), keeps=("glue",), patch=_patch, resume=_resume)
