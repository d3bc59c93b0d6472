"""Settings of one local cloud."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where one local cloud lives.

    Args:
        state_dir: holds everything the local cloud keeps: snapshots, object bodies, logs, scratch space.
        host: loopback address to listen on.
        port: TCP port.
        region: where its users' stacks lie; it serves all regions, and names this one to those who ask for variables.
            None names none, so that the client's own configuration says it, as on AWS.
        time_scale: virtual seconds per real second.
        enforce_iam: False lets every principal do everything; only for tests of other parts.
        build_python: the interpreter whose packages builds of CodeBuild have; None for the server's own.
        node_modules: a folder of Node packages: functions in Node.js have the AWS SDK that lies there, and
            `npm install -g <name>@<version>` of a build takes from there what it has, without npm's registry; None
            for none.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 5600
    region: str | None = "us-east-1"
    time_scale: float = 1.0
    enforce_iam: bool = True
    build_python: Path | None = None
    node_modules: Path | None = None

    def __post_init__(self) -> None:
        if self.time_scale <= 0:
            raise ValueError(f"time_scale must be positive, got {self.time_scale}")

    @property
    def endpoint_url(self) -> str:
        """What clients set as AWS_ENDPOINT_URL."""
        return f"http://{self.host}:{self.port}"

    @property
    def log_dir(self) -> Path:
        """Server and job logs."""
        return self.state_dir / "logs"

    @property
    def scratch_dir(self) -> Path:
        """Private folders of running jobs; emptied at every start."""
        return self.state_dir / "scratch"

    @property
    def run_dir(self) -> Path:
        """One file a running job process, so that none is left behind by a server that was killed."""
        return self.state_dir / "run"
