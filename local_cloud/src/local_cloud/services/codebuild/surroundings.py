"""Variables that every build has.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.codebuild.record import BuildRecord

# Those that are there even without a value.
_ALWAYS = frozenset({"CODEBUILD_SOURCE_REPO_URL"})


def given(session: RoleSession) -> dict[str, str]:
    """What every image has, and the role's credentials; programs are the image's, not the server's."""
    kept = {name: value for name, value in session.environment().items() if name.startswith("AWS_")}
    return {"LC_CTYPE": "C.UTF-8", **kept}


def told(build: BuildRecord) -> dict[str, str]:
    """What CodeBuild tells a build of itself."""
    made, order = build.definition, build.order
    source = made["source"]
    home = f"https://{order.region}.console.aws.amazon.com/codesuite/codebuild/{order.account_id}"
    found = {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.build_id,
        "CODEBUILD_BUILD_IMAGE": made["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": f"{home}/projects/{order.project}/build/{build.build_id}/?region={order.region}",
        "CODEBUILD_INITIATOR": order.initiator,
        "CODEBUILD_KMS_KEY_ID": made["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_PROJECT_ARN": build.project_arn,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_source_version or "",
        "CODEBUILD_SOURCE_REPO_URL": f"s3://{source['location']}" if source["type"] == "S3" else "",
        "CODEBUILD_SOURCE_VERSION": build.source_version or "",
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * 1000)),
    }
    return {name: value for name, value in found.items() if value or name in _ALWAYS}
