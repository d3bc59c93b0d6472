"""State ``Look at Inputs``: what can be known before any job is paid for."""

from collections.abc import Mapping
from typing import Any

from contract import keys
from contract.calls.look_at_inputs import Inputs, LookAtInputs
from contract.settings import LookAtInputs as Settings
from retraining.adapters import champion
from retraining.errors import ChampionNotReadableError
from retraining.logic import inputs
from shared import decisions, entry
from shared.adapters import clients, s3, tables
from shared.adapters.clients import Clients


@entry.point(LookAtInputs)
def lambda_handler(asked: LookAtInputs) -> Inputs:
    """Whether there is something to train on.

    Raises:
        NoRawDataError: there is nothing to read.
        ChampionNotReadableError: the evaluation could not read the version that it compares a candidate with.
    """
    aws, settings = clients.here(), Settings.from_env()
    success = tables.read_state(aws.dynamodb, settings.state_table, keys.MODEL.of(asked.model)) or {}
    last = str(success.get("fingerprint", ""))
    # What a warehouse holds is known only to whoever asks it.
    found = _fingerprint(aws, asked, settings) if asked.source == "s3" else None
    changed = inputs.is_new(found, last=last, asked=asked.force or asked.test_run)
    if changed:
        _check_champion(aws, asked, settings)
    decisions.log("inputs looked at", changed=changed, fingerprint=found, last_fingerprint=last)
    return Inputs(changed=changed, last_fingerprint=last)


def _fingerprint(aws: Clients, asked: LookAtInputs, settings: Settings) -> str | None:
    """Fingerprint of the raw data if an earlier run read what is there now; else this run is noted as the one to ask.

    Files that arrive between this listing and the ETL are read by it: the next listing differs, so that they are looked
    at once more. Only a file that came and went meanwhile leaves no trace: it was read, and the listing is as before.
    """
    table_name, key = settings.state_table, keys.INPUTS.of(asked.model)
    digest = inputs.digest(s3.listing(aws.s3, asked.raw), uri=asked.raw, etl=asked.etl)
    item = tables.read_state(aws.dynamodb, table_name, key) or {}
    seen = item if item.get("digest") == digest else {}
    found = inputs.known_fingerprint(seen, _report(aws, seen))
    # Reports are deleted with their runs; a fingerprint stays.
    wanted = {"report": asked.report} if found is None else {"fingerprint": found}
    if item != {"pk": key, "digest": digest, **wanted}:
        tables.write_state(aws.dynamodb, table_name, key, {"digest": digest, **wanted})
    return found


def _report(aws: Clients, seen: Mapping[str, Any]) -> dict[str, Any] | None:
    uri = seen.get("report")
    return s3.read_json(aws.s3, uri) if uri and s3.exists(aws.s3, uri) else None


def _check_champion(aws: Clients, asked: LookAtInputs, settings: Settings) -> None:
    endpoint_name = asked.endpoint or settings.endpoint_name
    against = champion.find(
        aws, asked.model, group=asked.group, table_name=settings.state_table, endpoint_name=endpoint_name
    )
    if against is None:
        return
    try:
        s3.check_readable(aws.s3, against.model_data_url)
    except s3.NotReadableError as error:
        raise ChampionNotReadableError(
            f"version {against.number} of {asked.model} is approved, but its artifact {against.model_data_url} cannot "
            f"be read: {error}; every candidate is compared with it, so bring the artifact back, "
            f"or reject the version: python -m perennial reject {asked.model} {against.number}"
        ) from error
