"""The configuration file of the SageMaker SDK for a shell that talks to a local cloud; versions 2 and 3 read the same.

Both ask STS for the account at its public address, whatever the shell says, to name their default bucket; a file that
names it keeps them from asking. It turns their telemetry off too, which would go to AWS.

Reference: https://sagemaker.readthedocs.io/en/v2/overview.html#configuring-and-using-defaults-with-the-sagemaker-python-sdk
"""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SAGEMAKER_USER_CONFIG_OVERRIDE"
# Tells a file of ours from the user's own.
_FILE = "local-cloud-sagemaker-sdk.yaml"
_TEXT = """\
# Written by `python -m local_cloud env`: defaults of the SageMaker SDK for account {account_id} in {region}.
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      Session:
        DefaultS3Bucket: sagemaker-{region}-{account_id}
      TelemetryOptOut: true
"""


def write(state_dir: Path, *, account_id: str, region: str) -> Path:
    """Write the file of an account in a region.

    Args:
        state_dir: of the local cloud.
        account_id: whose bucket it names; the SDK makes it when it needs it.
        region: in which the bucket lies.
    """
    path = state_dir / "clients" / f"{account_id}-{region}" / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    # At once, for a client that reads it in another shell.
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(_TEXT.format(account_id=account_id, region=region), encoding="utf-8")
    fresh.replace(path)
    return path


def is_set(environment: Mapping[str, str]) -> bool:
    """Whether a shell's variable names such a file, and not one of the user's own."""
    return Path(environment.get(VARIABLE, "")).name == _FILE
