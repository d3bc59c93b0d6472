"""Reads and validates config/*.yaml, or those of another folder that the environment names."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from config import problems, yaml_reader
from config.accounts_schema import Accounts, Environment
from config.batch_transform_schema import overlap
from config.errors import InvalidConfigError
from config.rules import rules_for
from config.schema import Model, WarehouseSource
from contract.names import TRAINING, EnvironmentName

CONFIG_DIR = Path(__file__).parent
# The examples and the tests have a fleet of their own, so that they hold whatever is in config/.
VARIABLE = "PERENNIAL_CONFIG"
_QUERIES = "queries"
_Schema = TypeVar("_Schema", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All of config/.

    Args:
        accounts: accounts.yaml.
        models: what models/ describes.
        queries: folder of the queries that models with a warehouse name.
    """

    accounts: Accounts
    models: tuple[Model, ...]
    # Another folder with the same in it is the same configuration.
    queries: Path = field(default=CONFIG_DIR / _QUERIES, compare=False)

    def environment(self, name: EnvironmentName) -> Environment:
        """One environment's settings."""
        return self.accounts.environments[name]


def load(directory: Path | None = None) -> Config:
    """Read the accounts and all models, models in the order of their names.

    Args:
        directory: with accounts.yaml, models/ and queries/; None for that of ``PERENNIAL_CONFIG``, or else config/.

    Raises:
        InvalidConfigError: a file is missing, no YAML, or not what the schema allows.
    """
    directory = directory or Path(os.environ.get(VARIABLE, CONFIG_DIR))
    accounts = _read(directory / "accounts.yaml", Accounts)
    models, queries = [], directory / _QUERIES
    for path in _model_files(directory / "models"):
        model = _read(path, Model)
        _check(path, model, accounts, queries)
        models.append(model)
    _check_endpoints(directory / "models", models)
    _check_results(directory / "models", models)
    return Config(accounts=accounts, models=tuple(models), queries=queries)


def _model_files(folder: Path) -> list[Path]:
    """All files but hidden ones, which editors make; a model in a file that is not read would be lost silently."""
    found = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    for path in found:
        if path.suffix != ".yaml":
            raise InvalidConfigError(f"{path}: only <model>.yaml is read here, rename or remove {path.name!r}")
    return found


def _read(path: Path, schema: type[_Schema]) -> _Schema:
    try:
        document = yaml_reader.read(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidConfigError(f"{path} is missing") from error
    except OSError as error:
        raise InvalidConfigError(f"{path} cannot be read: {error.strerror}") from error
    except yaml_reader.DocumentError as error:
        raise InvalidConfigError(f"{path}: {error}") from error
    try:
        # Strict, so that true is no 1 and "2" no 2; as JSON, because a YAML list is the schema's tuple.
        with rules_for(document.value):
            return schema.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        told = problems.told(error, schema, document, decides="algorithm")
        raise InvalidConfigError("\n".join(f"{path}: {problem}" for problem in told)) from error


def _check_endpoints(folder: Path, models: Sequence[Model]) -> None:
    """No endpoint of a model's own has the name of one that others share."""
    shared = {model.endpoint: model for model in models if model.shares_endpoint}
    for model in models:
        if not model.shares_endpoint and model.endpoint in shared:
            raise InvalidConfigError(
                f"{folder / model.name}.yaml: name: the models of {shared[model.endpoint].family.title} share an "
                f"endpoint that is named {model.endpoint!r}, and {model.name!r} needs one of its own; rename the model"
            )


def _check_results(folder: Path, models: Sequence[Model]) -> None:
    """No two models write their results to one folder, where those of files of the same name would be one file."""
    writers = [(model.name, model.batch_transform.output) for model in models if model.batch_transform]
    for number, (name, output) in enumerate(writers):
        for other, taken in writers[:number]:
            if overlap(output, taken):
                raise InvalidConfigError(
                    f"{folder / name}.yaml: batch_transform.output: the results of {other!r} go to {taken!r}, and "
                    f"those of {name!r} to {output!r}; choose folders that lie beside each other"
                )


def _check(path: Path, model: Model, accounts: Accounts, queries: Path) -> None:
    if path.stem != model.name:
        raise InvalidConfigError(f"{path}: the file must be named as its model, got name {model.name!r}")
    if model.family.downloads and accounts.environments[TRAINING].network:
        raise InvalidConfigError(
            f"{path}: algorithm: its training job would fetch {model.family.downloads}, and {TRAINING} has a network "
            "without internet; put it into a folder of S3, and name that"
        )
    if isinstance(model.source, WarehouseSource) and model.source.warehouse not in accounts.warehouses:
        raise InvalidConfigError(
            f"{path}: source.warehouse {model.source.warehouse!r} is not one of the warehouses of accounts.yaml; "
            f"{problems.meant(model.source.warehouse, accounts.warehouses)}"
        )
    if isinstance(model.source, WarehouseSource) and not (queries / model.source.query).is_file():
        raise InvalidConfigError(
            f"{path}: source.query {model.source.query!r} names no file of {queries}; write it, or correct the name"
        )
