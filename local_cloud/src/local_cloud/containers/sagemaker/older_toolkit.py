"""Where users' code finds what it imports of AWS's older toolkit, https://github.com/aws/sagemaker-containers."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "sagemaker_containers_shim"
