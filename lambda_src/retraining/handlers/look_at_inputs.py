"""State ``Look at Inputs``: what can be known before any job is paid for."""

from collections.abc import Mapping
from typing import Any

from contract import keys
from retraining.adapters import champion
from retraining.errors import ChampionNotReadableError
from retraining.logic import inputs
from shared import catalogue, events, settings
from shared.adapters import s3, tables


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: model, group, raw (S3 URI of its files), report (S3 URI that this run's ETL will write), force, test_run.

    Result: changed, whether there is something to train on as far as is known yet; last_fingerprint, that of the last
    success, or empty.

    Raises:
        NoRawDataError: there is nothing to read.
        ChampionNotReadableError: the evaluation could not read the version that it compares a candidate with.
    """
    model = catalogue.model(event.get("model"))
    asked = events.switch(event, "force") or events.switch(event, "test_run")
    success = tables.read_state(settings.text("STATE_TABLE"), keys.MODEL.of(model["name"])) or {}
    last = str(success.get("fingerprint", ""))
    changed = True
    # What a warehouse holds is known only to whoever asks it.
    if model["source"]["type"] == "s3":
        found = _fingerprint(event, model)
        changed = asked or found is None or found != last
    if changed:
        _check_champion(events.text(event, "group"), model["name"])
    return {"changed": changed, "last_fingerprint": last}


def _fingerprint(event: Mapping[str, Any], model: Mapping[str, Any]) -> str | None:
    """Fingerprint of the raw data if an earlier run read what is there now; else this run is noted as the one to ask.

    Files that arrive between this listing and the ETL are read by it: the next listing differs, so that they are looked
    at once more. Only a file that came and went meanwhile leaves no trace: it was read, and the listing is as before.
    """
    raw, table_name, key = events.text(event, "raw"), settings.text("STATE_TABLE"), keys.INPUTS.of(model["name"])
    digest = inputs.digest(s3.listing(raw), uri=raw, etl=model["etl"])
    item = tables.read_state(table_name, key) or {}
    seen = item if item.get("digest") == digest else {}
    found = inputs.known_fingerprint(seen, _report(seen))
    # Reports are deleted with their runs; a fingerprint stays.
    wanted = {"report": events.text(event, "report")} if found is None else {"fingerprint": found}
    if item != {"pk": key, "digest": digest, **wanted}:
        tables.write_state(table_name, key, {"digest": digest, **wanted})
    return found


def _report(seen: Mapping[str, Any]) -> dict[str, Any] | None:
    uri = seen.get("report")
    return s3.read_json(uri) if uri and s3.exists(uri) else None


def _check_champion(group: str, name: str) -> None:
    against = champion.find(
        name,
        group=group,
        table_name=settings.text("STATE_TABLE"),
        endpoint_name=settings.text("ENDPOINT_NAME"),
    )
    if against is None:
        return
    try:
        s3.check_readable(against.model_data_url)
    except s3.NotReadableError as error:
        raise ChampionNotReadableError(
            f"version {against.number} of {name} is approved, but its artifact {against.model_data_url} cannot be "
            f"read: {error}; every candidate is compared with it, so bring the artifact back, "
            f"or reject the version: python -m perennial reject {name} {against.number}"
        ) from error
