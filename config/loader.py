"""Reads and validates config/*.yaml."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import InvalidConfigError
from config.schema import Accounts, Environment, EnvironmentName, Model

CONFIG_DIR = Path(__file__).parent
_Schema = TypeVar("_Schema", bound=BaseModel)


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
    models = [_read(path, Model) for path in sorted((directory / "models").glob("*.yaml"))]
    _check_names(zip(sorted((directory / "models").glob("*.yaml")), models, strict=True))
    return Config(accounts=_read(directory / "accounts.yaml", Accounts), models=tuple(models))


def _read(path: Path, schema: type[_Schema]) -> _Schema:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
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


def _check_names(models: Iterable[tuple[Path, Model]]) -> None:
    for path, model in models:
        if path.stem != model.name:
            raise InvalidConfigError(f"{path}: the file must be named as its model, got name {model.name!r}")
