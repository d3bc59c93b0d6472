"""Errors of the configuration.

ConfigError
├── InvalidConfigError      a file's content is not what the schema allows
├── InvalidScheduleError    a schedule expression is not what the dispatcher understands
└── UnknownRegionError      AWS publishes the image that we need in no such region
"""


class ConfigError(Exception):
    """Base of every configuration error."""


class InvalidConfigError(ConfigError):
    """A file's content is not what the schema allows; each line of the message names file, line, field and value."""


class InvalidScheduleError(ConfigError, ValueError):
    """A schedule expression is not what the dispatcher understands.

    A ValueError too, so that the schema names the field.
    """


class UnknownRegionError(ConfigError):
    """AWS publishes the image that we need in no such region."""
