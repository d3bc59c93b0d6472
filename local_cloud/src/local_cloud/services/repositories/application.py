"""The WSGI application of CodeCommit and CodeConnections: moto has the second not at all, and of the first no git."""

from typing import Any

from flask import Flask
from flask_cors import CORS
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import HTTP_METHODS, BackendRequest

from local_cloud.kernel import wire
from local_cloud.services.repositories.codecommit_api import CodeCommitApi
from local_cloud.services.repositories.connections_api import CodeConnectionsApi, CodeStarConnectionsApi

_APIS: dict[str, Any] = {
    "codecommit": CodeCommitApi,
    "codeconnections": CodeConnectionsApi,
    "codestar-connections": CodeStarConnectionsApi,
}
# That of JSON, and that of CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
_ADDRESSES = ("/", "/service/<service>/operation/<operation>")


def make() -> Flask:
    """Every request is one of an API's operations."""
    application = Flask("local_cloud", static_folder=None)
    application.debug = True
    application.request_class = BackendRequest
    CORS(application)
    answer = convert_to_flask_response(_answer)
    for number, address in enumerate(_ADDRESSES):
        application.add_url_rule(
            address,
            endpoint=f"dispatch{number}",
            methods=HTTP_METHODS,
            view_func=lambda answer=answer, **_: answer(),
            strict_slashes=False,
        )
    return application


def _answer(request: Any, full_url: str, headers: Any) -> Any:
    return _APIS[wire.signed_for(request.environ)].dispatch(request, full_url, headers)
