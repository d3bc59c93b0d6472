"""The server process: moto's WSGI applications, corrected and extended, on one loopback port."""

import functools
import gc
import importlib
import os
import re
import shutil
import signal
import threading
from datetime import timedelta
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from local_cloud.kernel import accounts, control, not_emulated, patching, reading, runtime, unforeseen
from local_cloud.kernel.processes import reap_orphans
from local_cloud.kernel.runtime import Runtime
from local_cloud.kernel.services import Service, Services, use
from local_cloud.kernel.settings import Settings
from local_cloud.kernel.state import Store

_MOST_IN_MEMORY = 65_536
# Each declares its `SERVICE`, or several `SERVICES`, and imports nothing else before it is loaded.
_DECLARATIONS = (
    "local_cloud.services.iam",
    "local_cloud.faults",
    "local_cloud.services.s3",
    "local_cloud.cloudformation",
    "local_cloud.services.glue",
    "local_cloud.services.lambda_",
    "local_cloud.services.events",
    "local_cloud.services.cloudwatch",
    "local_cloud.services.sagemaker",
    "local_cloud.services.autoscaling",
    "local_cloud.services.step_functions",
    "local_cloud.services.scheduler",
    "local_cloud.services.codebuild",
    "local_cloud.services.repositories",
    "local_cloud.services.codepipeline",
    "local_cloud.services.ec2",
    "local_cloud.services.kms",
    "local_cloud.services.dynamodb",
    "local_cloud.services.ecr",
    "local_cloud.services.logs",
    "local_cloud.services.secretsmanager",
    "local_cloud.services.sns",
    "local_cloud.services.sqs",
    "local_cloud.services.ssm",
)


def prepare() -> Services:
    """The services of this process, with what every request needs in place; once a process, because moto is global."""
    not_emulated.install()
    accounts.install()
    reading.install()
    declared: list[Service] = []
    for name in _DECLARATIONS:
        module: Any = importlib.import_module(name)
        declared.extend(module.SERVICES if hasattr(module, "SERVICES") else [module.SERVICE])
    services = Services(declared)
    use(services)
    services.load_eager()
    _remember_hosts()
    _hosts_without_moto(services)
    return services


@patching.owner
def _remember_hosts() -> None:
    """Every request tries hundreds of patterns on the name of its host."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    found = functools.lru_cache(maxsize=256)(DomainDispatcherApplication.get_backend_for_host)
    patching.replace(DomainDispatcherApplication, "get_backend_for_host", found)


@patching.owner
def _hosts_without_moto(services: Services) -> None:
    """Requests for services that moto does not have are taken for S3's."""
    from moto import backend_index

    known = {name for name, _ in backend_index.backend_url_patterns}
    more = [
        (name, re.compile(rf"https?://{re.escape(name)}\.(.+)\.amazonaws\.com"))
        for service in services
        for name in service.backends
        if service.application and name not in known
    ]
    patching.replace(backend_index, "backend_url_patterns", [*backend_index.backend_url_patterns, *more])


def serve(settings: Settings) -> None:
    """Run the local cloud in the foreground until SIGTERM or SIGINT."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    unforeseen.keep()
    reap_orphans(settings.run_dir)
    shutil.rmtree(settings.scratch_dir, ignore_errors=True)
    # moto reads these when it is imported.
    os.environ["MOTO_PORT"] = str(settings.port)
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    # Bodies of objects that are longer lie in files, not in memory.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(_MOST_IN_MEMORY))
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
    services = prepare()

    class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is not typed for us
        # What is no HTTP at all is refused by Python's server, with a page.
        error_content_type, error_message_format = "text/plain", "%(code)d %(message)s\n"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """One line a request would bury the jobs' own log lines."""

    def application_of(backend: Any) -> Any:
        if not not_emulated.is_of_a_service(backend):
            return not_emulated.application
        service = services.of_backend(backend)
        services.load_backend(backend)
        return service.application() if service and service.application else create_backend_app(backend)

    def save(_order: dict[str, Any]) -> dict[str, Any]:
        store.save()
        return {}

    store = Store(running.settings.state_dir, services, clock_offset=lambda: running.clock.offset_seconds)
    running.clock.advance(timedelta(seconds=max(0.0, store.restore())))
    # What was imported and restored stays; no collection has to look at it again.
    gc.freeze()
    store.start(running.background)
    control.register("save", save)
    for service in services:
        for path, take in service.orders.items():
            control.register(path, take)
    dispatcher = DomainDispatcherApplication(application_of)
    answers = control.middleware(calls.middleware(dispatcher), running, store)
    application = not_emulated.record_pages(not_emulated.middleware(answers))
    server = make_server(
        running.settings.host, running.settings.port, application, threaded=True, request_handler=QuietHandler
    )
    services.start(running)
    # Events of what has ended find a clock that is right and a socket that listens.
    store.resume()
    return server, store
