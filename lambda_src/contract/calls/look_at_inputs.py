"""State ``Look at Inputs``: what can be known before any job is paid for."""

from dataclasses import dataclass

from contract.calls.call import Call
from contract.catalogue import Etl
from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Inputs(Record):
    """What there is to read.

    Args:
        changed: whether there is something to train on, as far as is known yet.
        last_fingerprint: of the last success; empty without one.
    """

    changed: bool
    last_fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class LookAtInputs(Call[Inputs]):
    """Where to look.

    Args:
        model: its name.
        run_id: of the run.
        group: package group of its versions.
        source: where its rows come from: s3 or warehouse.
        raw: S3 URI of its files.
        report: S3 URI that this run's ETL will write.
        etl: what reads the files.
        force: train even on data that were trained on before.
        test_run: train on them, and register nothing.
        endpoint: that serves the model in this account; empty in runs of before there were several.
    """

    model: str
    run_id: str
    group: str
    source: str
    raw: str
    report: str
    etl: Etl
    force: bool = False
    test_run: bool = False
    endpoint: str = ""
