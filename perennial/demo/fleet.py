"""The demo's surroundings: three accounts in one local cloud, their deployment, raw data and the passing of time."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path

from config.loader import load
from contract import keys
from contract.names import STACK_NAMES, TRAINING, EnvironmentName
from contract.prefixes import RAW_PREFIX, folder
from perennial.account import records
from perennial.account.aws import Aws
from perennial.account.cdk import Cdk
from perennial.demo import ready
from perennial.demo.account import Account, wait_for
from perennial.demo.local import LocalCloud
from perennial.screen.steps import Steps

_DISPATCHER = "retraining"
# No example model but flight-delay is due in the hours after it.
_MORNING = time(8)
_HOUR = timedelta(hours=1)
_TICK_SECONDS = 120.0


class Fleet:
    """Three accounts in one local cloud.

    Args:
        root: the project's folder.
        port: where the local cloud listens.
        logs: folder of the CDK CLI's logs.
    """

    def __init__(self, *, root: Path, port: int, logs: Path) -> None:
        configured = load().accounts
        self._app = configured.app
        self.cloud = LocalCloud(root=root, state_dir=root / ready.STATE_DIR, port=port, region=configured.region)
        self.accounts: dict[EnvironmentName, Account] = {}
        for name, stack_name in STACK_NAMES.items():
            account_id = configured.environments[name].account_id
            log = _emptied(logs / f"cdk-{name}.log")
            self.accounts[name] = Account(
                name=name,
                account_id=account_id,
                stack_name=stack_name,
                aws=Aws(self.cloud.session(account_id), endpoint_url=self.cloud.url),
                cdk=Cdk(root=root, environment=self.cloud.environment(account_id), log=log),
                pass_time=self.cloud.advance,
                skip_pauses=self.cloud.skip_pauses,
            )
        self.training = self.accounts[TRAINING]
        # With a log of its own, because it runs beside the others.
        self._synthesiser = Cdk(
            root=root,
            environment=self.cloud.environment(self.training.account_id),
            log=_emptied(logs / "cdk-synth.log"),
        )
        self.others = [account for account in self.accounts.values() if account is not self.training]

    def start(self, steps: Steps) -> str:
        """Deploy the training account into an empty local cloud; returns the cloud assembly, for the others."""
        with (
            steps.step(f"Start an empty local cloud, bootstrap {self.training.name}, synthesise the app"),
            ThreadPoolExecutor(max_workers=1) as pool,
        ):
            assembly: Future[Path] = pool.submit(self._synthesiser.synthesise)
            self.cloud.restart_empty()
            now = self.cloud.now()
            morning = datetime.combine(now.date(), _MORNING, now.tzinfo)
            self.cloud.advance((morning if morning > now else morning + timedelta(days=1)) - now)
            self.training.bootstrap(region=self.cloud.region, app=self._app)
            app = str(assembly.result())
        with steps.step(f"cdk deploy {self.training.stack_name}"):
            self.training.deploy(app)
        return app

    def deploy_others(self, assembly: str) -> None:
        """Bootstrap and deploy the accounts that only serve."""
        for account in self.others:
            account.bootstrap(region=self.cloud.region, app=self._app)
            account.deploy(assembly)

    def upload(self, file: Path, *, models: Iterable[str]) -> None:
        """Put a file where the models' ETL reads, beside what is there."""
        for model in models:
            self.training.aws.upload(
                file, bucket=self.training.stack.bucket, key=f"{folder(RAW_PREFIX, model)}{file.name}"
            )

    def tick(self, model: str) -> str:
        """Let an hour pass, in which a model that is scheduled hourly becomes due; returns the ARN of its run."""
        account, stack = self.training, self.training.stack
        known = frozenset(account.aws.executions(stack.training))

        def ticked() -> bool | None:
            return records.state(account.aws, stack.table, keys.LAST_TICK) is not None or None

        if not ticked():
            # Models become due between two ticks, so that there has to be one before.
            self.cloud.fire_next(account_id=account.account_id, group=stack.app, schedule=_DISPATCHER)
            wait_for(ticked, seconds=_TICK_SECONDS, what="the dispatcher's first tick")
        self.cloud.advance(_HOUR)
        return account.await_run(model, known=known)


def _emptied(log: Path) -> Path:
    log.unlink(missing_ok=True)
    return log
