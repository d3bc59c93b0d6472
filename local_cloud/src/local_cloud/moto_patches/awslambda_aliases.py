"""Faults of moto's Lambda about aliases, and about what an invocation that names a version or alias runs."""

import copy
import json
import random
import uuid
from typing import Any
from urllib.parse import unquote

from local_cloud.kernel import patching
from local_cloud.moto_patches.awslambda_versions import check_revision, conflict, newest, split, versions_of


def install() -> None:
    """Correct all of them."""
    alias_rules()
    alias_answers()
    invocations()
    descriptions()


@patching.owner
def alias_rules() -> None:
    """Aliases take any name, point to other aliases, and share invocations by any weights."""
    from moto.awslambda.exceptions import InvalidParameterValueException, ValidationException
    from moto.awslambda.models import LambdaStorage

    from local_cloud.services.lambda_ import qualifiers

    put, update = LambdaStorage.put_alias, LambdaStorage.update_alias

    def check(storage: Any, name: str, version: str | None, routing: dict[str, Any] | None) -> None:
        weights = (routing or {}).get("AdditionalVersionWeights") or {}
        try:
            qualifiers.check_routing(version or "", weights)
        except qualifiers.QualifierError as error:
            raise InvalidParameterValueException(str(error)) from error
        for one in (version, *weights):
            if one and not qualifiers.is_version(one):
                raise ValidationException(
                    one, "functionVersion", "Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)"
                )
            storage.get_function_by_name_or_arn_with_qualifier(name, one)

    def put_alias(self: Any, name: str, function_name: str, function_version: str, *rest: Any) -> Any:
        if not qualifiers.ALIAS.fullmatch(name):
            raise ValidationException(
                name, "name", f"Member must satisfy regular expression pattern: {qualifiers.ALIAS.pattern}"
            )
        check(self, function_name, function_version, rest[-1])
        if name in (found := self._get_function_aliases(function_name)):
            raise conflict(f"Alias already exists: {found[name].arn}")
        return put(self, name, function_name, function_version, *rest)

    def update_alias(self: Any, name: str, function_name: str, *changes: Any) -> Any:
        function_version, _, routing_config = changes
        alias = self.get_alias(name, function_name)
        routing = alias.routing_config if routing_config is None else routing_config
        check(self, function_name, function_version or alias.function_version, routing)
        changed = update(self, name, function_name, *changes)
        changed.revision_id = str(uuid.uuid4())
        return changed

    patching.replace(LambdaStorage, "put_alias", put_alias)
    patching.replace(LambdaStorage, "update_alias", update_alias)


@patching.owner
def alias_answers() -> None:
    """Calls about aliases answer with codes that are not AWS's, ignore RevisionId and know no partial names."""
    from moto.awslambda.responses import LambdaResponse

    def of_path(response: Any) -> tuple[str, str]:
        function, _, name = response.path.rsplit("/", 3)[1:]
        return unquote(function), unquote(name)

    def get(self: Any) -> tuple[int, dict[str, Any], str]:
        function, name = of_path(self)
        return 200, {}, json.dumps(self.backend.get_alias(name=name, function_name=function).to_json())

    def change(self: Any) -> tuple[int, dict[str, Any], str]:
        (function, name), asked = of_path(self), json.loads(self.body)
        check_revision(self.backend.get_alias(name=name, function_name=function), asked.get("RevisionId"))
        alias = self.backend.update_alias(
            name=name,
            function_name=function,
            function_version=asked.get("FunctionVersion"),
            description=asked.get("Description"),
            routing_config=asked.get("RoutingConfig"),
        )
        return 200, {}, json.dumps(alias.to_json())

    def delete(self: Any) -> tuple[int, dict[str, Any], str]:
        function, name = of_path(self)
        self.backend.delete_alias(name=name, function_name=function)
        return 204, {"status": 204}, ""

    def list_all(self: Any) -> tuple[int, dict[str, Any], str]:
        function = unquote(self.path.split("/")[-2])
        version = self.querystring.get("FunctionVersion", [None])[0]
        found = [alias for alias in self.backend.list_aliases(function) if not version or version in versions_of(alias)]
        return 200, {}, json.dumps({"Aliases": [alias.to_json() for alias in found]})

    patching.replace(LambdaResponse, "get_alias", get)
    patching.replace(LambdaResponse, "update_alias", change)
    patching.replace(LambdaResponse, "delete_alias", delete)
    patching.replace(LambdaResponse, "list_aliases", list_all)


@patching.owner
def invocations() -> None:
    """Invoke ignores its Qualifier, so that each version and alias runs the newest code; nobody tells what ran."""
    from moto.awslambda.models import LambdaBackend
    from moto.awslambda.responses import LambdaResponse

    from local_cloud.services.lambda_ import qualifiers

    answer = LambdaResponse.invoke

    def respond(self: Any) -> Any:
        # Moto looks for it in lower case, and then in the function's event.
        self.querystring["qualifier"] = self.querystring.get("Qualifier", [""])
        return answer(self)

    def invoke(self: Any, function_name: str, qualifier: str | None, *rest: Any) -> Any:
        body, headers, response_headers = rest
        name, qualifier = split(function_name, qualifier)
        function = self.get_function(name, qualifier)
        alias = self._lambdas._get_function_aliases(name).get(qualifier)
        if alias is not None:
            drawn = random.random()  # noqa: S311  # shares invocations, guards nothing
            function = self.get_function(name, qualifiers.routed(alias.function_version, alias.routing_config, drawn))
        invoked = copy.copy(function)
        base = qualifiers.unqualified(function.function_arn)
        invoked.invoked_arn = f"{base}:{qualifier}" if qualifier else base
        payload = invoked.invoke(body, headers, response_headers)
        response_headers["Content-Length"] = str(len(payload))
        response_headers["x-amz-executed-version"] = str(function.version)
        return payload

    patching.replace(LambdaResponse, "invoke", respond)
    patching.replace(LambdaBackend, "invoke", invoke)


@patching.owner
def descriptions() -> None:
    """The description of an alias has its version's ARN, and the versions of no function are an empty list."""
    from moto.awslambda.responses import LambdaResponse

    from local_cloud.services.lambda_ import qualifiers

    def qualified(configuration: dict[str, Any], function_name: str, qualifier: str | None) -> dict[str, Any]:
        _, found = split(function_name, qualifier)
        if found:
            configuration["FunctionArn"] = f"{qualifiers.unqualified(configuration['FunctionArn'])}:{found}"
        return configuration

    def list_versions(self: Any) -> str:
        name = newest(self.backend, unquote(self.path.split("/")[-2])).function_name
        found = self.backend.list_versions_by_function(name)
        return json.dumps({"Versions": [version.get_configuration() for version in found]})

    patching.replace(LambdaResponse, "_set_configuration_qualifier", staticmethod(qualified))
    patching.replace(LambdaResponse, "list_versions_by_function", list_versions)
