"""A build that was under way when the server was killed has failed, says so, and can be retried."""

from pathlib import Path

from integration.codebuild.conftest import LOGS, TRUST, commands, context, create, ended, look, output, start, statuses
from local_cloud.kernel import lifecycle
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.waiting import until


def test_a_build_under_way_has_failed_after_the_server_was_killed(tmp_path: Path) -> None:
    running = lifecycle.start(Settings(state_dir=tmp_path / "state", port=0))
    role = make_role(running, "builder", [LOGS], trust=TRUST)
    create(running, "project", commands(build=["echo done"]), role)
    done = ended(running, start(running, "project"))
    spec = commands(build=["sleep 1000"])
    create(running, "slow", spec, role)
    build_id = start(running, "slow")
    until(lambda: "BUILD" in statuses(look(running, build_id)))
    running.save()

    with running.restart(crash=True) as again:
        build = look(again, build_id)
        assert build["buildStatus"] == "FAILED"
        assert context(build, "BUILD") == (
            "INTERNAL_SERVICE_ERROR",
            "the local cloud stopped while the build ran; retry it",
        )
        assert look(again, done["id"]) == done
        retried = again.client("codebuild", ACCOUNT).retry_build(id=done["id"])["build"]
        assert retried["buildNumber"] == 2
        assert output(again, ended(again, retried["id"])) == ["done"]
