"""The WSGI application of our own CloudFormation; moto's would import every service that moto has."""

from flask import Flask
from flask_cors import CORS
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import HTTP_METHODS, BackendRequest

from local_cloud.cloudformation.api import CloudFormationApi


def make() -> Flask:
    """Every request is one of the API's operations."""
    application = Flask("local_cloud", static_folder=None)
    application.debug = True
    application.request_class = BackendRequest
    CORS(application)
    answer = convert_to_flask_response(CloudFormationApi.dispatch)
    application.add_url_rule("/", endpoint="dispatch", methods=HTTP_METHODS, view_func=answer, strict_slashes=False)
    return application
