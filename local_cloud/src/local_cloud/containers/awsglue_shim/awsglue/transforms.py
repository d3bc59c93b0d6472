"""Glue's transforms by name: scripts import all of them, and one that is called says what to use instead.

Reference: https://github.com/awslabs/aws-glue-libs/blob/master/awsglue/transforms/__init__.py
"""

from typing import Any, NoReturn

from awsglue.refusals import NotEmulatedError


class GlueTransform:
    """Base of all transforms."""

    @classmethod
    def name(cls) -> str:
        """As scripts call it."""
        return cls.__name__

    @classmethod
    def apply(cls, *_arguments: Any, **_options: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotEmulatedError: always.
        """
        raise NotEmulatedError(f"the transform {cls.__name__}")

    def __call__(self, *_arguments: Any, **_options: Any) -> NoReturn:
        self.apply()


class ApplyMapping(GlueTransform):
    """Renames, casts and leaves out."""


class Coalesce(GlueTransform):
    """Fewer partitions."""


class DropFields(GlueTransform):
    """Leaves columns out."""


class DropNullFields(GlueTransform):
    """Leaves out what has no type."""


class ErrorsAsDynamicFrame(GlueTransform):
    """Rows that failed."""


class Filter(GlueTransform):
    """Rows that a function takes."""


class FlatMap(GlueTransform):
    """A transform of each frame of a collection."""


class Join(GlueTransform):
    """Rows of two frames with equal keys."""


class Map(GlueTransform):
    """A function of each row."""


class MapToCollection(GlueTransform):
    """A transform of each frame of a collection."""


class Relationalize(GlueTransform):
    """Tables in place of what is nested."""


class RenameField(GlueTransform):
    """Another name of a column."""


class Repartition(GlueTransform):
    """Another number of partitions."""


class ResolveChoice(GlueTransform):
    """One type in place of several."""


class SelectFields(GlueTransform):
    """Some columns."""


class SelectFromCollection(GlueTransform):
    """One frame of a collection."""


class Spigot(GlueTransform):
    """Writes a sample."""


class SplitFields(GlueTransform):
    """Two frames with a part of the columns each."""


class SplitRows(GlueTransform):
    """Two frames with a part of the rows each."""


class Unbox(GlueTransform):
    """Columns of a text that holds rows."""


class Union(GlueTransform):
    """Rows of two frames."""


class UnnestFrame(GlueTransform):
    """Columns of what is nested."""


ALL_TRANSFORMS = set(GlueTransform.__subclasses__())
__all__ = [transform.__name__ for transform in ALL_TRANSFORMS]
