"""Glue jobs that really run: StartJobRun starts the job's script on local Spark under the job role's credentials."""

from local_cloud.services.glue.extension import fail_interrupted_runs, install

__all__ = ["fail_interrupted_runs", "install"]
