"""Faults of moto's Lambda."""

import re
from typing import Any


def install() -> None:
    """Correct all of them."""
    logging_configuration()
    unhandled_errors()
    account_principals()


def logging_configuration() -> None:
    """LoggingConfig is dropped, so that a function's own log group stays empty."""
    from moto.awslambda.models import LambdaFunction

    make = LambdaFunction.__init__

    def init(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any) -> None:
        make(self, account_id, spec, *rest, **named)
        self.logging_config = spec.get("LoggingConfig") or {}

    LambdaFunction.__init__ = init


def unhandled_errors() -> None:
    """An error that the handler raises is reported as Handled; AWS says Unhandled."""
    from moto.awslambda.models import LambdaFunction

    invoke = LambdaFunction.invoke

    def invoke_function(self: Any, body: str, request_headers: Any, response_headers: Any) -> Any:
        result = invoke(self, body, request_headers, response_headers)
        if "x-amz-function-error" in response_headers:
            response_headers["x-amz-function-error"] = "Unhandled"
        return result

    LambdaFunction.invoke = invoke_function


def account_principals() -> None:
    """AddPermission keeps an account as plain text, which is no principal; AWS makes it the account's root."""
    from moto.awslambda.policy import Policy

    write = Policy.principal_formatter

    def principal_formatter(self: Any, principal: Any) -> Any:
        if isinstance(principal, str) and re.fullmatch(r"\d{12}", principal):
            return {"AWS": f"arn:aws:iam::{principal}:root"}
        return write(self, principal)

    Policy.principal_formatter = principal_formatter
