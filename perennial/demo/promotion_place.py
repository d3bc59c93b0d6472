"""The surroundings of the promotion's story: four accounts in one local cloud, and a repository pushed to it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import yaml

from config.accounts_schema import ConnectionSource
from config.loader import load
from contract.names import STACK_NAMES
from perennial.account import facts, registry
from perennial.account.aws import Aws
from perennial.account.bootstrap import Permissions, bootstrap, trusted_by
from perennial.account.cdk import Cdk
from perennial.account.registry import Decision
from perennial.demo import checks, datasets
from perennial.demo.fleet import Fleet
from perennial.demo.repository import Repository
from perennial.errors import OperatorError

MODEL = "temperature-tomorrow"
MODEL_FILE = f"config/models/{MODEL}.yaml"
_STACK = "PerennialPipeline"


class PromotionPlace:
    """Where the story happens.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        out: folder of logs and of the repository's working copy.
    """

    def __init__(self, *, root: Path, port: int, out: Path) -> None:
        self._root = root
        self._out = out
        self._configured = load().accounts
        settings = self._configured.pipeline
        if settings is None or not isinstance(settings.source, ConnectionSource):
            raise OperatorError("the demo needs a pipeline that takes its code through a connection; configure one")
        self._source = settings.source
        self._fleet = Fleet(root=root, port=port, logs=out)
        self.account_id = settings.account_id
        self.pipeline = f"{self._configured.app}-promotion"
        cloud = self._fleet.cloud
        self.aws = Aws(cloud.session(self.account_id), endpoint_url=cloud.url)

    def prepare(self) -> Repository:
        """Start an empty local cloud with the accounts, and the repository."""
        cloud = self._fleet.cloud
        cloud.restart_empty()
        accounts = {settings.account_id for settings in self._configured.environments.values()}
        with ThreadPoolExecutor(max_workers=2) as pool:
            waiting = [pool.submit(self._bootstrap, account) for account in sorted({*accounts, self.account_id})]
            origin = cloud.repository(self._source.repository, connection=self._source.connection_arn)
            repository = Repository(self._out / "promotion", origin=origin)
            repository.copy(self._root)
            self._configure(repository.folder)
            for each in waiting:
                each.result()
        return repository

    def deploy_pipeline(self, repository: Repository) -> None:
        """Deploy the pipeline by hand, as it is done once, from the repository's working copy."""
        cdk = Cdk(
            root=repository.folder,
            installed=self._root,
            # The demo's own configuration is another one than its repository's.
            environment={**self._fleet.cloud.environment(self.account_id), "PERENNIAL_CONFIG": "config"},
            log=self._out / "cdk-pipeline.log",
        )
        cdk.run("deploy", _STACK, "--require-approval", "never", "--app", str(cdk.synthesise()))

    def train(self) -> str:
        """Upload data, retrain, wait for the sandbox to serve; gives the version's ARN."""
        account, folder = self._fleet.training, self._out / "promotion-data"
        folder.mkdir(exist_ok=True)
        self._fleet.upload(datasets.write_weather(folder), models=[MODEL])
        mark = account.mark()
        run = account.await_end(account.aws.start(account.stack.training, payload=json.dumps({"model": MODEL})))
        checks.outcome(run, "registered")
        version = facts.registered(account.aws, run).version.arn
        account.await_serving({MODEL: version}, since=mark)
        return version

    def approve(self, version: str) -> None:
        """Approve a version, and wait for QA and prod to serve it."""
        marks = {account.name: account.mark() for account in self._fleet.others}
        registry.decide(
            self._fleet.training.aws,
            self._fleet.training.stack,
            model=MODEL,
            version=int(registry.number(version)),
            decision=Decision.APPROVED,
            reason="the demo's owner is content",
        )
        for account in self._fleet.others:
            account.await_serving({MODEL: version}, since=marks[account.name])

    def prod_changed(self) -> datetime:
        """When prod's stack changed last."""
        client = self._fleet.accounts["prod"].aws.client("cloudformation")
        (found,) = client.describe_stacks(StackName=STACK_NAMES["prod"])["Stacks"]
        changed: datetime = found.get("LastUpdatedTime", found["CreationTime"])
        return changed

    def _bootstrap(self, account_id: str) -> None:
        cloud = self._fleet.cloud
        bootstrap(
            Cdk(
                root=self._root,
                environment=cloud.environment(account_id),
                log=self._out / f"bootstrap-{account_id}.log",
            ),
            cloud.session(account_id).client("cloudformation", endpoint_url=cloud.url),
            account_id=account_id,
            region=cloud.region,
            permissions=Permissions.of(self._configured, account_id),
            trust=trusted_by(self._configured, account_id),
        )

    def _configure(self, folder: Path) -> None:
        """One small model, quick checks, and a build that finds everything installed."""
        fleet = folder / "examples" / "fleet"
        accounts = yaml.safe_load((fleet / "accounts.yaml").read_text(encoding="utf-8"))
        accounts["pipeline"] |= {
            "test_command": "make quick",
            "variables": {"PERENNIAL_INSTALLED": str(self._root)},
        }
        (folder / "config" / "accounts.yaml").write_text(yaml.safe_dump(accounts, sort_keys=False), encoding="utf-8")
        for file in (folder / "config" / "models").iterdir():
            if file.name != f"{MODEL}.yaml":
                file.unlink()
        (folder / MODEL_FILE).write_bytes((fleet / "models" / f"{MODEL}.yaml").read_bytes())
