"""What becomes catalogue.json is read again as it was, whatever the settings."""

import json
from dataclasses import MISSING, fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.catalogue import (
    Algorithm,
    Answers,
    Approvals,
    Cron,
    Etl,
    Gate,
    Model,
    Rate,
    Retraining,
    Source,
    Training,
    Tuning,
)
from contract.family import Artifact, Family

_TEXTS = st.text(max_size=8)
_NAMES = st.text(min_size=1, max_size=8)
_PLAIN = st.dictionaries(_TEXTS, _TEXTS, max_size=3)
_NUMBERS = st.lists(st.integers(0, 99), max_size=3).map(tuple)
_APPROVALS = st.sampled_from(["manual", "automatic"])
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_SECONDS = st.integers(1, 10**6)
_CRON = st.builds(Cron, **{field.name: st.none() | _NUMBERS for field in fields(Cron) if field.default is not MISSING})
_MODELS = st.builds(
    Model,
    name=_NAMES,
    approval=st.builds(Approvals, sandbox=_APPROVALS, qa=_APPROVALS, prod=_APPROVALS),
    when_unapproved=st.sampled_from(["keep", "remove"]),
    endpoint=_NAMES,
    family=st.builds(
        Family,
        name=_NAMES,
        title=_NAMES,
        shares_endpoint=st.booleans(),
        content_type=_NAMES,
        accept=_NAMES,
        answer=_TEXTS,
        tolerance=_FLOATS,
        artifact=st.builds(Artifact, file=_NAMES, begins_with=_NAMES, most_bytes=_SECONDS),
    ),
    retraining=st.none()
    | st.builds(
        Retraining,
        schedule=_CRON | st.builds(Rate, rate_seconds=_SECONDS, offset_seconds=_SECONDS),
        enabled=st.booleans(),
        stale_after_days=_SECONDS,
        algorithm=st.builds(
            Algorithm,
            training_image=_NAMES,
            evaluation_image=_NAMES,
            serving_image=_NAMES,
            input_mode=_NAMES,
            content_type=_NAMES,
            channels=_PLAIN,
            evaluation_script=_NAMES,
            scoring=st.sampled_from(["script", "transform"]),
            answers=st.builds(
                Answers, held_out=st.just("text/csv"), pointers=_PLAIN, classes=st.lists(_NAMES).map(tuple)
            ),
            inputs=_PLAIN,
            metric_definitions=_PLAIN,
            environment=_PLAIN,
        ),
        problem_type=_NAMES,
        source=st.builds(
            Source, type=st.sampled_from(["s3", "warehouse"]), job=_TEXTS, query=_TEXTS, window_days=_SECONDS
        ),
        etl=st.builds(
            Etl,
            script=_NAMES,
            library=_NAMES,
            arguments=_PLAIN,
            worker_type=_NAMES,
            number_of_workers=_SECONDS,
            timeout_minutes=_SECONDS,
            timeout_seconds=_SECONDS,
        ),
        training=st.builds(
            Training,
            hyperparameters=_PLAIN,
            resource_config=_PLAIN,
            stopping_condition=st.dictionaries(_TEXTS, _SECONDS, max_size=2),
            spot=st.booleans(),
            timeout_seconds=_SECONDS,
        ),
        gate=st.builds(
            Gate,
            metric=_NAMES,
            threshold=_FLOATS,
            tolerance=_FLOATS,
            greater_is_better=st.booleans(),
            slices=st.lists(_NAMES, max_size=3).map(tuple),
        ),
        tuning=st.none()
        | st.builds(
            Tuning,
            enabled=st.booleans(),
            metric=_NAMES,
            direction=st.sampled_from(["Maximize", "Minimize"]),
            max_jobs=_SECONDS,
            max_parallel_jobs=_SECONDS,
            timeout_seconds=_SECONDS,
            parameter_ranges=st.dictionaries(_TEXTS, st.lists(_PLAIN, max_size=2), max_size=2),
            static_hyperparameters=_PLAIN,
        ),
    ),
)


@settings(max_examples=60)
@given(_MODELS)
def test_a_model_survives_the_file(model: Model) -> None:
    content: Any = json.loads(json.dumps({model.name: model.to_json()}))
    assert Model.from_json(content[model.name]) == model
