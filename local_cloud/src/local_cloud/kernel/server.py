"""The server process: moto's WSGI application with the extensions installed, on one loopback port."""

import functools
import gc
import importlib
import os
import shutil
import signal
import threading
from datetime import timedelta
from typing import Any, Protocol

from werkzeug.serving import BaseWSGIServer, make_server

from local_cloud.kernel import control, runtime
from local_cloud.kernel.processes import reap_orphans
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.state import Store

# In this order: each may rely on those before it.
EXTENSIONS = (
    "local_cloud.kernel.not_emulated",
    "local_cloud.kernel.accounts",
    "local_cloud.services.iam",
    "local_cloud.services.s3",
    "local_cloud.faults",
    "local_cloud.cloudformation",
    "local_cloud.services.glue",
    "local_cloud.services.lambda_",
    "local_cloud.services.events",
    "local_cloud.services.cloudwatch",
    "local_cloud.services.sagemaker",
    "local_cloud.services.autoscaling",
    "local_cloud.services.step_functions",
    "local_cloud.services.scheduler",
    "local_cloud.services.codepipeline",
)


class Extension(Protocol):
    """A module that adds something to moto."""

    def install(self, runtime: Runtime) -> None:
        """Called once, before the server answers its first request."""


def serve(settings: Settings) -> None:
    """Run the local cloud in the foreground until SIGTERM or SIGINT."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    reap_orphans(settings.run_dir)
    shutil.rmtree(settings.scratch_dir, ignore_errors=True)
    # moto reads these when it is imported.
    os.environ["MOTO_PORT"] = str(settings.port)
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    running = runtime.start(settings)
    server, store = build(running)

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server.serve_forever()
    finally:
        running.stop()
        store.save()
        server.server_close()


def build(running: Runtime) -> tuple[BaseWSGIServer, Store]:
    """The listening server, ready to serve what the last one left, and its store."""
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

    from local_cloud.faults import calls

    default_user_config["stepfunctions"]["execute_state_machine"] = True
    for name in EXTENSIONS:
        extension: Extension = importlib.import_module(name)
        extension.install(running)

    class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is not typed for us
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """One line a request would bury the jobs' own log lines."""

    store = Store(running.settings.state_dir, clock_offset=lambda: running.clock.offset_seconds)
    running.clock.advance(timedelta(seconds=max(0.0, store.restore())))
    # What was imported and restored stays; no collection has to look at it again.
    gc.freeze()
    store.start(running.background)

    def save(_order: dict[str, Any]) -> dict[str, Any]:
        store.save()
        return {}

    control.register("save", save)
    dispatcher = DomainDispatcherApplication(create_backend_app)
    # Each request would try hundreds of patterns on its host.
    dispatcher.get_backend_for_host = functools.lru_cache(maxsize=256)(dispatcher.get_backend_for_host)
    application = control.middleware(calls.middleware(dispatcher), running, store)
    server = make_server(
        running.settings.host, running.settings.port, application, threaded=True, request_handler=QuietHandler
    )
    # Events of what has ended find a clock that is right and a socket that listens.
    store.resume()
    return server, store
