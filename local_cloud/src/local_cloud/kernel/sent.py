"""What a request sends, by the names of its operation's shape, for whoever looks before the operation does."""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

# What a parser stumbles over where a request does not have its shape; the operation itself then says so.
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError, ParseError)


def members(response: Any, operation: str) -> Mapping[str, Any]:
    """The members of a request; none if it does not have the operation's shape.

    Args:
        response: moto's, which has read the request.
        operation: as the service's model names it.
    """
    from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
    from moto.core.request import determine_request_protocol
    from moto.core.responses import get_service_model

    request, model = response.normalized_request, get_service_model(response.boto3_service_name)
    found = model.operation_model(operation)
    if found.input_shape is None:
        return {}
    protocol = determine_request_protocol(model, request.content_type)
    try:
        if protocol == "json":
            # As the parser reads it, without looking into each value.
            sent = json.loads(request.data or "{}")
            return sent if isinstance(sent, dict) else {}
        parsed: Mapping[str, Any] = PROTOCOL_PARSERS[protocol](found).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": b"" if found.has_streaming_input else request.data,
                "url_path": request.path,
                "url_params": response.uri_match,
            }
        )
    except (RequestParserError, *_MALFORMED):
        return {}
    return parsed
