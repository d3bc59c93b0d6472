"""Classes of Java and Spark as Java has them in memory: a run that finds them there loads and verifies none of them.

To load its ten thousand classes is a third of a small run. The first run of an image writes the archive at its end,
https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html ("Application Class Data Sharing"), and Java itself
looks whether an archive fits it and its class path. What does not fit is not used.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

# Java writes it last, `ArchiveBuilder::write_archive` of JDK 17: a file that has none is not complete.
_MAGIC_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class ClassArchive:
    """The archive of one image and one Java.

    Args:
        path: of the file.
    """

    path: Path

    @classmethod
    def of(cls, image: Path, java: Path) -> "ClassArchive":
        """Where it lies.

        Args:
            image: folder of the interpreter that has Spark.
            java: its home.
        """
        return cls(path=image / f"classes-{hashlib.sha256(str(java).encode()).hexdigest()[:8]}.jsa")

    def is_complete(self) -> bool:
        """A run can use it; else one should write it."""
        try:
            with self.path.open("rb") as file:
                return any(file.read(_MAGIC_BYTES))
        except OSError:
            return False

    def options(self) -> str:
        """What Java is told: to use the archive, or to write it at its end. It says nothing about either."""
        task = "SharedArchiveFile" if self.is_complete() else "ArchiveClassesAtExit"
        return f'"-XX:{task}={self.path}" -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off'
