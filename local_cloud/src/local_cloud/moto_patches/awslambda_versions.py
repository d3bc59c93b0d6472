"""Faults of moto's Lambda about versions, which it does not tell from the newest code."""

import copy
import json
import threading
import uuid
from typing import Any, cast
from urllib.parse import unquote

from local_cloud.kernel import patching

# Words of https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#API_UpdateFunctionCode_Errors
_OTHER_REVISION = (
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the "
    "latest Revision Id"
)
_FUNCTIONS_ONLY = (
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please "
    "specify either a function name or an unqualified function ARN."
)
# What a publication gives anew.
_OWN = frozenset({"FunctionArn", "Version", "LastModified", "RevisionId", "State", "LastUpdateStatus"})
# A version is numbered and kept by one request at a time.
_PUBLISHING = threading.Lock()


def install() -> None:
    """Correct all of them, before those that build upon them."""
    names()
    revisions()
    publications()
    publishing_changes()
    deletions()


def split(given: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """Name and qualifier of a function, in a request that fails if they do not fit."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    from local_cloud.services.lambda_ import qualifiers

    try:
        return qualifiers.split(given, qualifier or None)
    except qualifiers.QualifierError as error:
        raise InvalidParameterValueException(str(error)) from error


def check_revision(holder: Any, wanted: Any) -> None:
    """Fail a request that was made for an older revision of a function or alias."""
    from moto.awslambda.exceptions import PreconditionFailedException

    if wanted and wanted != holder.revision_id:
        raise PreconditionFailedException(_OTHER_REVISION)


def newest(backend: Any, given: str) -> Any:
    """The function itself, for calls that change it."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    name, qualifier = split(given)
    if qualifier not in {None, "$LATEST"}:
        raise InvalidParameterValueException(_FUNCTIONS_ONLY)
    return backend.get_function(name)


def conflict(message: str) -> Exception:
    """The error of what cannot be done while something else is so."""
    from moto.awslambda.exceptions import LambdaClientError

    error = LambdaClientError("ResourceConflictException", message)
    error.code = 409
    return cast("Exception", error)


def versions_of(alias: Any) -> set[str]:
    """The one or two that an alias points to."""
    return {alias.function_version, *((alias.routing_config or {}).get("AdditionalVersionWeights") or {})}


@patching.owner
def names() -> None:
    """Partial ARNs are no names, and two qualifiers that differ are one."""
    from moto.awslambda.models import LambdaStorage

    def with_qualifier(self: Any, name_or_arn: str, qualifier: str | None = None) -> Any:
        name, found = split(name_or_arn, qualifier)
        return self.get_function_by_name_with_qualifier(name, found)

    patching.replace(LambdaStorage, "get_function_by_name_or_arn_with_qualifier", with_qualifier)


@patching.owner
def revisions() -> None:
    """RevisionId is never told and never compared, so that two writers do not notice each other."""
    from moto.awslambda.models import LambdaBackend, LambdaFunction

    describe, change = LambdaFunction.get_configuration, LambdaBackend.update_function_configuration

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = describe(self, on_create)
        return {**found, "RevisionId": self.revision_id}

    def update_function_configuration(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        function = newest(self, function_name)
        check_revision(function, body.get("RevisionId"))
        change(self, function.function_name, qualifier, body)
        function.revision_id = str(uuid.uuid4())
        return function.get_configuration()

    patching.replace(
        LambdaFunction, "get_configuration", get_configuration, after="moto_patches.awslambda.configuration"
    )
    patching.replace(LambdaBackend, "update_function_configuration", update_function_configuration)
    # Of functions in snapshots that were written before; each new one gets its own.
    patching.replace(LambdaFunction, "revision_id", str(uuid.uuid4()))


def publish(storage: Any, name_or_arn: str, description: str = "") -> Any:
    """A version of what the function is now, or the last one if that is the same.

    Args:
        storage: moto's, of one account and region.
        name_or_arn: of the function.
        description: of the version; the function's own if there is none.
    """
    function = storage.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    with _PUBLISHING:
        versions = storage._functions[function.function_name]["versions"]
        # Numbers are not used twice, not even when a function is deleted and made again; snapshots may lack the count.
        counts: dict[str, int] = storage.__dict__.setdefault("_published", {})
        count = counts.get(function.function_name, max((int(version.version) for version in versions), default=0))
        made_of = _content(function)
        if versions and int(versions[-1].version) == count and getattr(versions[-1], "made_of", None) == made_of:
            return versions[-1]
        version = _copy(function)
        version.set_version(count + 1)
        version.made_of, version.revision_id = made_of, str(uuid.uuid4())
        version.description = description or function.description
        counts[function.function_name] = count + 1
        versions.append(version)
        storage._arns[version.function_arn] = version
        function.revision_id = str(uuid.uuid4())
        return version


def _content(function: Any) -> str:
    described = function.get_configuration()
    return json.dumps({name: value for name, value in described.items() if name not in _OWN}, sort_keys=True)


@patching.owner
def publications() -> None:
    """A version shares what it is made of with the newest code, and is published without a change."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend, LambdaStorage
    from moto.awslambda.responses import LambdaResponse

    def publish_version(self: Any, function_name: str, description: str = "", **asked: Any) -> Any:
        function = newest(self, function_name)
        check_revision(function, asked.get("RevisionId"))
        wanted, found = asked.get("CodeSha256"), function.code_sha_256
        if wanted and wanted != found:
            raise InvalidParameterValueException(
                f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({found}). Please try again "
                "with the CodeSHA256 in $LATEST."
            )
        return self._lambdas.publish_version(function.function_name, description)

    def answer(self: Any) -> tuple[int, dict[str, Any], str]:
        asked = json.loads(self.body or "{}")
        name = unquote(self.path.split("/")[-2])
        version = self.backend.publish_version(name, asked.pop("Description", ""), **asked)
        return 201, {"status": 201}, json.dumps(version.get_configuration())

    patching.replace(LambdaStorage, "publish_version", publish)
    patching.replace(LambdaBackend, "publish_version", publish_version)
    patching.replace(LambdaResponse, "publish_version", answer)


@patching.owner
def publishing_changes() -> None:
    """What is created or changed is not published although that is asked for, or changed again once it is."""
    from moto.awslambda.models import LambdaBackend

    create = LambdaBackend.create_function

    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        function = create(self, {**spec, "Publish": False})
        function.revision_id = str(uuid.uuid4())
        if not spec.get("Publish"):
            return function
        # The answer has the version's number and the function's own ARN.
        answered = copy.copy(function)
        answered.version = self.publish_version(function.function_name).version
        return answered

    def update_function_code(self: Any, function_name: str, _qualifier: str, body: dict[str, Any]) -> Any:
        function = newest(self, function_name)
        check_revision(function, body.get("RevisionId"))
        if body.get("DryRun"):
            return function.get_configuration()
        function.update_function_code(body)
        if "Architectures" in body:
            function.architectures = body["Architectures"]
        function.revision_id = str(uuid.uuid4())
        if body.get("Publish"):
            return self.publish_version(function.function_name).get_configuration()
        return function.get_configuration()

    patching.replace(LambdaBackend, "create_function", create_function)
    patching.replace(LambdaBackend, "update_function_code", update_function_code)


def _copy(function: Any) -> Any:
    """A function that later changes of this one leave as it is."""
    from moto.awslambda.policy import Policy

    version = copy.copy(function)
    for name in ("code", "environment_vars", "layers", "logging_config", "dead_letter_config", "tracing_config"):
        setattr(version, name, copy.deepcopy(getattr(function, name)))
    # These belong to one qualifier each.
    version.event_invoke_config, version.url_config, version.tags = [], None, {}
    version.policy = Policy(version)
    return version


@patching.owner
def deletions() -> None:
    """A version is deleted although an alias points to it, $LATEST by itself, and an alias deletes its version."""
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaStorage

    def del_function(self: Any, name_or_arn: str, qualifier: str | None = None) -> None:
        name, qualifier = split(name_or_arn, qualifier)
        function = self.get_function_by_name_or_arn_with_qualifier(name)
        entry, arn = self._functions[name], function.function_arn
        if qualifier is None:
            for one in (function, *entry["versions"]):
                self._arns.pop(one.function_arn, None)
            del self._functions[name]
            self._aliases.pop(arn, None)
            return
        if qualifier == "$LATEST":
            raise InvalidParameterValueException("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdecimal():
            raise InvalidParameterValueException("Deletion of aliases is not currently supported.")
        using = [alias.name for alias in self._aliases[arn].values() if qualifier in versions_of(alias)]
        if using:
            raise conflict(
                f"Unable to delete version because the following aliases reference it: [{', '.join(sorted(using))}]"
            )
        # One that does not exist is no error.
        entry["versions"] = [version for version in entry["versions"] if str(version.version) != qualifier]

    patching.replace(LambdaStorage, "del_function", del_function)
