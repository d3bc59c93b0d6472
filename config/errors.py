"""Errors of the configuration.

ConfigError
├── InvalidConfigError      a file's content is not what the schema allows
└── UnknownRegionError      AWS publishes the image that we need in no such region
"""


class ConfigError(Exception):
    """Base of every configuration error."""


class InvalidConfigError(ConfigError):
    """A file's content is not what the schema allows; the message names file, field and value."""


class UnknownRegionError(ConfigError):
    """AWS publishes the image that we need in no such region."""
