"""Looks at the executions of the promotion pipeline."""

from botocore.exceptions import ClientError

from perennial.account import promotion
from perennial.account.aws import Aws
from perennial.errors import NotDeployedError


def of_commit(aws: Aws, pipeline: str, commit: str) -> str | None:
    """Id of the newest execution that promotes a commit; None while there is none.

    Raises:
        NotDeployedError: there is no such pipeline.
    """
    pages = aws.client("codepipeline").get_paginator("list_pipeline_executions")
    try:
        for execution in pages.paginate(pipelineName=pipeline).search("pipelineExecutionSummaries[]"):
            if any(source.get("revisionId") == commit for source in execution.get("sourceRevisions", [])):
                return str(execution["pipelineExecutionId"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "PipelineNotFoundException":
            raise NotDeployedError(
                f"there is no pipeline {pipeline} in this account and region; deploy it with "
                "`cdk deploy PerennialPipeline`"
            ) from error
        raise
    return None


def read(aws: Aws, pipeline: str, execution_id: str) -> promotion.Promotion:
    """Look at one execution, by the definition that the pipeline has now."""
    client = aws.client("codepipeline")
    definition = client.get_pipeline(name=pipeline)["pipeline"]
    found = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution_id)["pipelineExecution"]
    pages = client.get_paginator("list_action_executions")
    ran = pages.paginate(pipelineName=pipeline, filter={"pipelineExecutionId": execution_id})
    return promotion.parse(
        pipeline, definition=definition, execution=found, actions=ran.search("actionExecutionDetails[]")
    )
