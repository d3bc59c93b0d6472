"""Reads and validates config/*.yaml."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from config.accounts_schema import Accounts, Environment
from config.errors import InvalidConfigError
from config.schema import EnvironmentName, Model, WarehouseSource

CONFIG_DIR = Path(__file__).parent
_Schema = TypeVar("_Schema", bound=BaseModel)
# A thousand models are read in a second with the C parser, in ten without.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All of config/."""

    accounts: Accounts
    models: tuple[Model, ...]

    def environment(self, name: EnvironmentName) -> Environment:
        """One environment's settings."""
        return self.accounts.environments[name]


def load(directory: Path = CONFIG_DIR) -> Config:
    """Read the accounts and all models, models in the order of their names.

    Raises:
        InvalidConfigError: a file is missing, no YAML, or not what the schema allows.
    """
    accounts = _read(directory / "accounts.yaml", Accounts)
    models = []
    for path in sorted((directory / "models").glob("*.yaml")):
        model = _read(path, Model)
        _check(path, model, accounts)
        models.append(model)
    return Config(accounts=accounts, models=tuple(models))


def _read(path: Path, schema: type[_Schema]) -> _Schema:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # both are safe loaders
        return schema.model_validate(content)
    except FileNotFoundError as error:
        raise InvalidConfigError(f"{path} is missing") from error
    except yaml.YAMLError as error:
        raise InvalidConfigError(f"{path} is no yaml: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}, got {problem['input']!r}"
            for problem in error.errors()
        )
        raise InvalidConfigError(f"{path}: {problems}") from error


def _check(path: Path, model: Model, accounts: Accounts) -> None:
    if path.stem != model.name:
        raise InvalidConfigError(f"{path}: the file must be named as its model, got name {model.name!r}")
    if isinstance(model.source, WarehouseSource) and model.source.warehouse not in accounts.warehouses:
        raise InvalidConfigError(
            f"{path}: source.warehouse {model.source.warehouse!r} is not one of the warehouses of accounts.yaml: "
            f"{sorted(accounts.warehouses)}"
        )
