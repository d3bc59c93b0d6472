"""Nothing of moto is replaced behind the back of `kernel.patching`, and nothing twice by accident."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import local_cloud
from local_cloud.kernel import patching
from local_cloud.kernel.patching import PatchError

ROOT = Path(local_cloud.__file__).parent
# Calls that change what they are called on.
CHANGES = {"add", "append", "clear", "extend", "insert", "pop", "remove", "setdefault", "update"}
# Moto's own settings, which it has for its users.
SETTINGS = {"default_user_config"}


@pytest.fixture
def holder() -> Iterator[type]:
    class Backend:
        def answer(self) -> str:
            return "moto"

    yield Backend
    for target in [target for target in patching._patches if "holder.<locals>" in target]:  # the record of this test
        del patching._patches[target]  # as above


@patching.owner
def _first(holder: type, after: str | None = None) -> None:
    """It answers wrongly.

    This line is no reason.
    """
    patching.replace(holder, "answer", lambda _: "first", after=after)


@patching.owner
def _second(holder: type, after: str | None = None) -> None:
    """It answers shortly."""
    patching.replace(holder, "answer", lambda _: "second", after=after)


def test_a_patch_is_recorded_with_owner_reason_and_order(holder: type) -> None:
    _first(holder)
    _second(holder, after=f"{__name__}._first")

    found = [patch for patch in patching.table() if "holder.<locals>" in patch.target]
    assert [(patch.owner, patch.reason, patch.order) for patch in found] == [
        (f"{__name__}._first", "It answers wrongly.", 1),
        (f"{__name__}._second", "It answers shortly.", 2),
    ]
    assert found[0].target == f"{__name__}.{holder.__qualname__}.answer"
    assert holder().answer() == "second"


def test_a_second_patch_of_an_attribute_is_refused(holder: type) -> None:
    _first(holder)

    with pytest.raises(PatchError, match=r"_second replaces .*answer, which .*_first replaced already; say after="):
        _second(holder)
    assert holder().answer() == "first"


def test_a_patch_on_top_of_another_one_than_it_names_is_refused(holder: type) -> None:
    with pytest.raises(PatchError, match="but nobody replaced it last"):
        _second(holder, after="somebody")


def test_a_patch_that_is_made_twice_is_refused(holder: type) -> None:
    _first(holder)

    with pytest.raises(PatchError, match=r"which .*_first replaced"):
        _first(holder)


def test_a_patch_without_an_owner_is_refused(holder: type) -> None:
    with pytest.raises(PatchError, match="mark it"):
        patching.replace(holder, "answer", None)


def test_an_owner_without_a_reason_is_refused() -> None:
    def nameless() -> None:
        pass

    with pytest.raises(PatchError, match="has no docstring"):
        patching.owner(nameless)


def test_a_function_that_nobody_imported_is_refused() -> None:
    @patching.owner
    def owner() -> None:
        """Never mind."""
        patching.replace_everywhere("moto.nothing", "answer", None)

    with pytest.raises(PatchError, match=r"no loaded module of moto\.nothing has answer"):
        owner()


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_assigns_to_moto(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert [node.lineno for node in _assignments(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from moto.x import Backend\nBackend.call = 1",
        "from moto.x import Backend as B\nB.call.fault: int = 1",
        "import moto.x as x\nx.paths['a'] = 1",
        "import moto.x\nmoto.x.call = 1",
        "from moto import x\nsetattr(x.Backend, 'call', 1)",
        "from moto import x\nx.paths.clear()",
        "from moto import x\ntask = x.Task\ntask.call = 1",
        "from moto import x, y\nfor one in (x, y):\n    one.call = 1",
        "from moto import x, y\nfor one, name in ((x, 1), (y, 2)):\n    setattr(one, name, 1)",
        "from moto import x\ndel x.call",
    ],
)
def test_an_assignment_to_moto_is_seen(source: str) -> None:
    assert len(list(_assignments(ast.parse(source)))) == 1


def test_what_is_ours_in_moto_is_all_recorded() -> None:
    """Looks at what is there, whatever the source looks like."""
    told = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True)

    assert told.stdout.split() == []


# Everything is loaded, and then every class and module of moto asked for functions that come from us.
_LOOK = """
import functools, sys
from local_cloud.kernel import patching, server

services = server.prepare()
for service in services:
    services.load(service.name)
targets = {patch.target for patch in patching.table()}
names = {target.rpartition(".")[2] for target in targets if ".*." in target}

def maker(value):
    for inner in ("__func__", "fget", "func", "__wrapped__"):
        value = getattr(value, inner, value)
    return str(getattr(value, "__module__", ""))

for module_name, module in list(sys.modules.items()):
    if not module_name.startswith("moto."):
        continue
    holders = [module, *(item for item in list(vars(module).values()) if isinstance(item, type))]
    for holder in holders:
        if isinstance(holder, type) and not holder.__module__.startswith("moto."):
            continue
        for name, value in list(vars(holder).items()):
            path = f"{holder.__module__}.{holder.__qualname__}" if isinstance(holder, type) else module_name
            if maker(value).startswith("local_cloud") and f"{path}.{name}" not in targets and name not in names:
                print(f"{path}.{name}")
"""


def _assignments(tree: ast.AST) -> Iterator[ast.stmt]:
    names = _names_of_moto(tree)
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign | ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Name) and call.func.id in {"setattr", "delattr"}:
                targets = [ast.Attribute(value=call.args[0], attr="")]
            elif isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES:
                targets = [call.func.value] if isinstance(call.func.value, ast.Attribute) else []
        if isinstance(node, ast.stmt) and any(_is_of(target, names) for target in targets):
            yield node


def _is_of(target: ast.expr, names: set[str]) -> bool:
    # What lies behind the index of one of its backends is data, as any request changes it.
    inside = target.value if isinstance(target, ast.Subscript) else target
    if not isinstance(inside, ast.Attribute):
        return False
    while isinstance(inside, ast.Attribute):
        inside = inside.value
    return isinstance(inside, ast.Name) and inside.id in names


def _names_of_moto(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("moto."):
            names |= {item.asname or item.name for item in node.names}
        if isinstance(node, ast.Import):
            names |= {item.asname or "moto" for item in node.names if f"{item.name}.".startswith("moto.")}
    names -= SETTINGS
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _stands_for(node.value, names):
            names.add(node.targets[0].id)
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
            firsts = [item.elts[0] if isinstance(item, ast.Tuple) else item for item in node.iter.elts]
            target = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
            if isinstance(target, ast.Name) and any(_stands_for(first, names) for first in firsts):
                names.add(target.id)
    return names


def _stands_for(value: ast.expr, names: set[str]) -> bool:
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name) and value.id in names


def test_modules_can_be_patched() -> None:
    module = SimpleNamespace(__name__="moto.test_modules")

    @patching.owner
    def owner() -> None:
        """It lacks an answer."""
        patching.replace(module, "answer", 1)

    owner()

    assert module.answer == 1
    assert "moto.test_modules.answer" in {patch.target for patch in patching.table()}
