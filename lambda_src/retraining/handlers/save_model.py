"""State ``Save Model``: registers the candidate in its model's package group, which is made when it is not there."""

import json
from collections.abc import Mapping
from typing import Any

from contract.golden import Golden
from contract.names import APP_TAG, MODEL_TAG
from retraining.logic import registration
from shared import catalogue, events, settings, versions
from shared.adapters import registry, s3


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, run_id, execution, fingerprint, image, evaluation (S3 URI), training (results), verdict, force.

    Unless forced, a run of data that the newest version was made of goes on with that version: an earlier run made it
    and died before it could record its success.

    Result: model_package_arn, version, approval_status, and deploy: whether the training account serves it now.
    """
    model, run_id = catalogue.model(event.get("model")), events.text(event, "run_id")
    training, verdict = events.mapping(event, "training"), events.mapping(event, "verdict")
    app, group_arn = settings.text("APP"), f"{settings.text('GROUP_ARN_PREFIX')}{model['name']}"
    group = group_arn.rpartition("/")[2]
    approved = model["approval"]["prod"] == "automatic"
    evaluation = s3.read_json(events.text(event, "evaluation"))
    package_arn = f"{group_arn.replace(':model-package-group/', ':model-package/')}/*"
    registry.ensure_group(
        group,
        description=f"Versions of {model['name']}",
        tags={APP_TAG: app, MODEL_TAG: model["name"]},
        policy=registration.group_policy(
            group_arn=group_arn, package_arn=package_arn, readers=json.loads(settings.text("REGISTRY_READERS"))
        ),
    )
    if not event.get("force"):
        newest = registry.newest(group)
        if newest is not None and newest.metadata.get("data_fingerprint") == events.text(event, "fingerprint"):
            return _result(newest.arn, newest.status, model)
    metadata = {
        "metric": verdict["metric"],
        "value": f"{verdict['value']:.10g}",
        "threshold": f"{verdict['threshold']:g}",
        "data_fingerprint": events.text(event, "fingerprint"),
        "training_job": training["training_job"],
        "tuning_job": training.get("tuning_job", "none"),
        "execution": events.text(event, "execution"),
        "commit": settings.text("COMMIT"),
        "digest": s3.digest(training["model_data_url"]),
        "evaluation": event["evaluation"],
        "golden_answer": f"{Golden.from_evaluation(evaluation).answer:.10g}",
    }
    request = registration.request(
        group=group,
        run_id=run_id,
        approved=approved,
        image=events.text(event, "image"),
        model_data_url=training["model_data_url"],
        evaluation=event["evaluation"],
        description=verdict["reason"],
        metadata=metadata,
    )
    return _result(registry.register(request), request["ModelApprovalStatus"], model)


def _result(arn: str, status: str, model: Mapping[str, Any]) -> dict[str, Any]:
    waits = status == versions.PENDING and model["approval"]["sandbox"] == "automatic"
    return {
        "model_package_arn": arn,
        "version": int(arn.rpartition("/")[2]),
        "approval_status": status,
        "deploy": status == versions.APPROVED or waits,
    }
