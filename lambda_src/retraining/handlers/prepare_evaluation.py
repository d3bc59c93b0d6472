"""State ``Find Champion``: names the version to compare with and writes the evaluation's request."""

from typing import Any

from contract.prefixes import REQUEST_FILE
from retraining.adapters import champion
from retraining.logic import evaluation
from shared import catalogue, events, settings
from shared.adapters import s3


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, group, evaluation_key, model_data_url, test (S3 URI), report (of the ETL).

    Result: entrypoint and inputs of the processing job; champion, the ARN of the newest approved version, or empty.
    """
    model, report = catalogue.model(event.get("model")), events.mapping(event, "report")
    bucket_name, key = settings.text("ARTIFACT_BUCKET"), f"{events.text(event, 'evaluation_key')}{REQUEST_FILE}"
    content = evaluation.request(
        model=model, features=report["features"], golden_request=events.text(report, "golden_request")
    )
    s3.write_json(content, bucket_name=bucket_name, key=key)
    against = champion.find(
        model["name"],
        group=events.text(event, "group"),
        table_name=settings.text("STATE_TABLE"),
        endpoint_name=settings.text("ENDPOINT_NAME"),
    )
    code = settings.text("EVALUATION_SCRIPT")
    return {
        "entrypoint": evaluation.entrypoint(code),
        "inputs": evaluation.inputs(
            code=code,
            request_uri=f"s3://{bucket_name}/{key}",
            test=events.text(event, "test"),
            candidate=events.text(event, "model_data_url"),
            champion=against.model_data_url if against else None,
        ),
        "champion": against.arn if against else "",
    }
