"""Imported by AWS's examples, which use nothing of it."""

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(f"the local cloud has nothing of sagemaker_containers' transformer, got {name!r}")
