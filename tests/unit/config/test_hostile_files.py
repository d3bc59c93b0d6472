"""Files that YAML parsers and people understand differently, or that are meant to do harm."""

import shutil
from pathlib import Path

import pytest

from config import loader, yaml_reader
from config.errors import InvalidConfigError
from tests.conftest import FLEET

pytestmark = pytest.mark.security("hostile input")
MODEL = "models/air-time.yaml"
ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The accounts and one model of the configuration that is checked in."""
    target = tmp_path / "config"
    (target / "models").mkdir(parents=True)
    for name in ("accounts.yaml", MODEL):
        shutil.copy(FLEET / name, target / name)
    return target


def _refused(folder: Path) -> str:
    with pytest.raises(InvalidConfigError) as raised:
        loader.load(folder)
    return str(raised.value)


def _replace(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "  threshold: 12\n",
            "  threshold: 12\n  threshold: 900\n",
            "line 21: the key 'threshold' stands here again, first in line 20; keep one",
        ),
        ("name: air-time", "name: &me air-time", "line 1: &me is refused, write the value where it is used"),
        ("name: air-time", "name: *me", "line 1: *me is refused, write the value where it is used"),
        ("tolerance: 0.1", "<<: {tolerance: 9}", "line 21: the merge key << is refused"),
        ("threshold: 12", "threshold: .nan", "line 20: '.nan' is no finite number"),
        ("threshold: 12", "threshold: -.inf", "line 20: '-.inf' is no finite number"),
        ("threshold: 12", "threshold: 1e999", "line 20: '1e999' is too large for a number"),
        ("threshold: 12", "threshold: 12:30", "line 20: '12:30' means different things to different parsers"),
        ("threshold: 12", "threshold: 1_2", "line 20: '1_2' means different things"),
        ("threshold: 12", "threshold: 0x12", "line 20: '0x12' means different things"),
        ("threshold: 12", 'threshold: "12"', "line 20: gate.threshold: Input should be a valid number, got '12'"),
        ("threshold: 12", "threshold: true", "line 20: gate.threshold: Input should be a valid number, got True"),
        ("num_round: 60", "num_round: 010", "line 14: '010' means different things to different parsers"),
        ("num_round: 60", "num_round: on", "line 14: 'on' means different things to different parsers"),
        ("max_runtime_minutes: 30", "max_runtime_minutes: true", "line 10: training.max_runtime_minutes: Input should"),
        ("max_runtime_minutes: 30", "max_runtime_minutes: 30.0", "line 10: training.max_runtime_minutes: Input should"),
        ("name: air-time", "name: no", "line 1: 'no' means different things"),
        ("name: air-time", "name: 5", "line 1: name: Input should be a valid string, got 5; write it in quotes"),
        ("name: air-time", "on: 5", "line 1: 'on' means different things"),
        ("name: air-time", "? [a]\n: 5", "line 1: a key must be a text, got 'a mapping or list'"),
        ("name: air-time", "5: 5", "line 1: a key must be a text, got '5'; write it in quotes"),
        ("name: air-time", "---\nname: air-time\n---\nname: other", "line 3: a second document starts here"),
        ("seed: 7", "seed: 7\n    \tdepth: 3", "this is no yaml: "),
        ("seed: 7", "seed: \x01", "line 17: character 0x1 is refused: control characters are not allowed"),
        ("rate(1 day)", "rate(99999999999 days)", "line 5: schedule.expression: 'rate(99999999999 days)'"),
        ("rate(1 day)", "rate(367 days)", "a rate may be 366 days at most"),
        ("rate(1 day)", f"rate({ARABIC_ONE} day)", "is no schedule"),
        ("rate(1 day)", f"cron({'1' * 5000} * * * ? *)", "String should have at most 256 characters"),
        ("script: air_time.py", r'script: "air_time.py\n"', "line 7: etl.script: String should match"),
        ("script: air_time.py", r'script: "\ud800.py"', "air-time.yaml: line"),
    ],
)
def test_what_is_not_meant_so_is_refused_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    _replace(folder, MODEL, old, new)
    message = _refused(folder)
    assert message.startswith(f"{folder / MODEL}: ")
    assert said in message
    assert len(message) < 1000


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("012345678901", "line 7: '012345678901' means different things"),
        # Octal digits only: YAML 1.1 reads 1402433619.
        ("012345670123", "line 7: '012345670123' means different things"),
        ("111111111111", "account_id: Input should be a valid string, got 111111111111; write it in quotes"),
        ('"11111111111"', "line 7: environments.sandbox.account_id: String should match pattern '^[0-9]{12}$'"),
        ('"1111111111111"', "line 7: environments.sandbox.account_id: String should match"),
        (f'"{ARABIC_ONE * 12}"', "line 7: environments.sandbox.account_id: String should match"),
    ],
)
def test_an_account_id_is_twelve_digits_in_quotes(folder: Path, written: str, said: str) -> None:
    _replace(folder, "accounts.yaml", 'account_id: "111111111111"', f"account_id: {written}")
    message = _refused(folder)
    assert message.startswith(f"{folder / 'accounts.yaml'}: ")
    assert said in message


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.system", "!!python/name:os.system", "!!python/object/new:subprocess.Popen", "!mine"],
)
def test_a_tag_makes_no_object(folder: Path, tag: str) -> None:
    trap = folder / "ran"
    _replace(folder, MODEL, "name: air-time", f'name: {tag} ["touch {trap}"]')
    assert "line 1: the tag " in _refused(folder)
    assert not trap.exists()


def test_a_billion_laughs_are_refused_before_they_grow(folder: Path) -> None:
    # https://en.wikipedia.org/wiki/Billion_laughs_attack: nine lists of nine references each.
    lines = ['a: &a ["lol"]']
    lines += [f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    (folder / MODEL).write_text("\n".join(lines), encoding="utf-8")
    assert "line 1: &a is refused" in _refused(folder)


def test_a_list_that_holds_itself_is_refused(folder: Path) -> None:
    (folder / MODEL).write_text("a: &a [*a]", encoding="utf-8")
    assert "&a is refused" in _refused(folder)


def test_a_deep_document_is_refused(folder: Path) -> None:
    (folder / MODEL).write_text("a: " + "[" * 900 + "]" * 900, encoding="utf-8")
    assert "line 1: it nests deeper than 32 levels" in _refused(folder)


def test_a_large_file_is_refused(folder: Path) -> None:
    (folder / MODEL).write_bytes(b"#" * (yaml_reader.MOST_BYTES + 1))
    assert "it has 1048577 bytes, at most 1048576 are allowed" in _refused(folder)


def test_an_empty_file_is_refused(folder: Path) -> None:
    (folder / MODEL).write_text("# nothing\n", encoding="utf-8")
    assert "line 1: the file: Input should be an object, got None" in _refused(folder)


def test_what_is_no_utf8_is_named_with_its_line(folder: Path) -> None:
    (folder / MODEL).write_bytes("name: air-time\ndescription: für alle\n".encode("latin-1"))
    assert "line 2: byte 0xfc is no UTF-8, save the file as UTF-8" in _refused(folder)


def test_a_byte_order_mark_changes_nothing(folder: Path) -> None:
    before = loader.load(folder)
    (folder / MODEL).write_bytes(b"\xef\xbb\xbf" + (folder / MODEL).read_bytes())
    assert loader.load(folder) == before


@pytest.mark.parametrize("name", ["air-time.yml", "air-time.yaml.bak", "other.json"])
def test_a_model_in_a_file_that_is_not_read_is_not_lost_silently(folder: Path, name: str) -> None:
    shutil.copy(folder / MODEL, folder / "models" / name)
    assert f"{folder / 'models' / name}: only <model>.yaml is read here, rename or remove '{name}'" in _refused(folder)


def test_two_files_cannot_hold_one_model(folder: Path) -> None:
    shutil.copy(folder / MODEL, folder / "models" / "air-time-2.yaml")
    assert "air-time-2.yaml: the file must be named as its model, got name 'air-time'" in _refused(folder)


def test_a_link_to_itself_and_a_folder_are_refused(folder: Path) -> None:
    loop = folder / "models" / "loop.yaml"
    loop.symlink_to(loop)
    assert f"{loop} cannot be read: Too many levels of symbolic links" in _refused(folder)
    loop.unlink()
    loop.mkdir()
    assert f"{loop} cannot be read: Is a directory" in _refused(folder)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1e-3", 0.001),
        ("a: +12", 12),
        ("a: -0.5", -0.5),
        ("a: ~", None),
        ("a: 1.2.3", "1.2.3"),
        ("a: nope", "nope"),
        ('a: "no"', "no"),
        ("a: '0777'", "0777"),
        ("a: |\n  text\n", "text\n"),
        ("a: [1, {b: c}]", [1, {"b": "c"}]),
    ],
)
def test_plain_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    # https://yaml.org/spec/1.2.2/#1032-tag-resolution
    assert yaml_reader.read(text.encode()).value == {"a": value}
