"""Starts a container's program that its user names: ``python -P -m ...own_program FOLDER PROGRAM ARGUMENT...``.

What it installs comes into an environment in the folder, above the image's, as long as the container lives.
"""

import os
import sys
from pathlib import Path

from local_cloud.containers.sagemaker import layers

_NO_PROGRAM = 127


def main(folder: str, program: str, *arguments: str) -> int:
    """Become the program."""
    environment = layers.environment(layers.make(Path(folder)), os.environ)
    # By its PATH, where the container's Python is the first one.
    os.environ["PATH"] = environment["PATH"]
    try:
        os.execvpe(program, [program, *arguments], environment)  # noqa: S606  # that is what this is for
    except OSError as error:
        # As a container tells it.
        sys.stderr.write(f"cannot start {program}: {error.strerror}\n")
    return _NO_PROGRAM


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
