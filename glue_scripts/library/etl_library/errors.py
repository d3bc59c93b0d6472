"""What the library raises."""


class DataError(ValueError):
    """The raw data is not what the model was built for."""


# Glue shows the last line of Python's traceback, which names an exception of the script itself without its module.
DataError.__module__ = "__main__"
