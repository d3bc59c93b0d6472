"""The stacks of app.py by environment."""

from config.schema import EnvironmentName

TRAINING: EnvironmentName = "sandbox"
STACK_NAMES: dict[EnvironmentName, str] = {"sandbox": "PerennialSandbox", "qa": "PerennialQa", "prod": "PerennialProd"}
