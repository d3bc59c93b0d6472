"""Faults of moto's Lambda about what belongs to one version or alias: permissions, and asynchronous invocations."""

from typing import Any
from urllib.parse import unquote

from local_cloud.kernel import patching
from local_cloud.moto_patches.awslambda_versions import conflict, split

_INVOKE_CONFIG_CALLS = ("put", "get", "update", "delete")


def install() -> None:
    """Correct all of them."""
    permissions()
    invoke_configs()


@patching.owner
def permissions() -> None:
    """A version's and an alias's permissions are the function's, a statement id is given twice, a revision never fits.

    All statements are kept with the function; each names the version or alias that it is for.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
    from moto.awslambda.models import LambdaBackend
    from moto.awslambda.policy import Policy
    from moto.awslambda.responses import LambdaResponse

    def find(backend: Any, given: str, qualifier: str | None) -> tuple[Any, str, str | None]:
        """The function, the resource that is asked for, and its qualifier."""
        name, qualifier = split(given, qualifier)
        backend.get_function(name, qualifier)
        function = backend.get_function(name)
        arn = str(function.function_arn)
        return function, f"{arn}:{qualifier}" if qualifier else arn, qualifier

    def add_permission(self: Any, function_name: str, qualifier: str | None, raw: str) -> Any:
        function, arn, qualifier = find(self, function_name, qualifier)
        if qualifier == "$LATEST":
            raise InvalidParameterValueException("We currently do not support adding policies for $LATEST.")
        before = list(function.policy.statements)
        statement, _ = function.policy.add_statement(raw, qualifier)
        if any(one["Sid"] == statement["Sid"] and one["Resource"] == arn for one in before):
            function.policy.statements[:] = before
            raise conflict(
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement."
            )
        return statement

    def remove(self: Any) -> tuple[int, dict[str, Any], str]:
        *_, name, _, sid = (unquote(part) for part in self.path.split("/"))
        function, arn, _ = find(self.backend, name, self.querystring.get("Qualifier", [None])[0])
        found = [one for one in function.policy.statements if one["Sid"] == sid and one["Resource"] == arn]
        if not found:
            error = LambdaClientError("ResourceNotFoundException", f"Statement {sid} is not found in resource policy.")
            error.code = 404
            raise error
        others = [one for one in function.policy.statements if one is not found[0]]
        revision = self.querystring.get("RevisionId", [""])[0]
        # It compares the revision, and takes away the first statement of that id, whomever it is for.
        function.policy.del_statement(sid, revision)
        function.policy.statements[:] = others
        return 204, {"status": 204}, "{}"

    def get_policy(self: Any, function_name: str, qualifier: str | None = None) -> Any:
        function, arn, _ = find(self, function_name, qualifier)
        shown = Policy(function)
        shown.revision = function.policy.revision
        shown.statements = [one for one in function.policy.statements if one["Resource"] == arn]
        return shown.wire_format()

    patching.replace(LambdaBackend, "add_permission", add_permission)
    patching.replace(LambdaBackend, "get_policy", get_policy)
    patching.replace(LambdaResponse, "remove_permission", remove)


@patching.owner
def invoke_configs() -> None:
    """The configuration of a version's or an alias's asynchronous invocations becomes the function's."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.responses import LambdaResponse

    def refusing(answer: Any) -> Any:
        def respond(self: Any) -> Any:
            given = unquote(self.path.rsplit("/", 2)[1])
            _, qualifier = split(given, self.querystring.get("Qualifier", [None])[0])
            if qualifier not in {None, "$LATEST"}:
                raise LambdaClientError(
                    "NotEmulated",
                    f"the local cloud keeps the event invoke config of a function, not of its qualifier {qualifier}; "
                    "leave the qualifier out",
                )
            return answer(self)

        return respond

    for call in _INVOKE_CONFIG_CALLS:
        name = f"{call}_function_event_invoke_config"
        patching.replace(LambdaResponse, name, refusing(getattr(LambdaResponse, name)))
