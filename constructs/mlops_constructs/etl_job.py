"""Defines a Glue job that turns raw data into training data."""

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct


class EtlJob(Construct):
    """Define a PySpark job on Glue 5.1 (Spark 3.5.6, Python 3.11).

    Args:
        scope: parent.
        construct_id: id.
        job_name: physical name, which the state machine reads from the model's configuration.
        role: the job's role; what the script reads and writes is granted by the owner of the data.
        script: the job's one file.
        worker_type: size of a worker.
        number_of_workers: including the driver.
        timeout: after which Glue stops a run.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        job_name: str,
        role: iam.IRole,
        script: Path,
        worker_type: str,
        number_of_workers: int,
        timeout: Duration,
    ) -> None:
        super().__init__(scope, construct_id)
        if not script.is_file():
            raise ValueError(f"etl script {script} does not exist; add it to glue_scripts/ or correct etl.script")
        self.job = glue.PySparkEtlJob(
            self,
            "Resource",
            job_name=job_name,
            role=role,
            script=glue.Code.from_asset(str(script)),
            glue_version=glue.GlueVersion.V5_1,
            worker_configuration=glue.WorkerConfiguration(
                worker_type=glue.WorkerType[worker_type.replace(".", "_")], number_of_workers=number_of_workers
            ),
            timeout=timeout,
            # Retries belong to the state machine, which knows what is worth one.
            max_retries=0,
            max_concurrent_runs=10,
        )

    def grant_start(self, grantee: iam.IGrantable) -> None:
        """Allow to run the job and to wait for it.

        Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
        """
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            resource_arns=[self.job.job_arn],
        )
