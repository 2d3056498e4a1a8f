"""Plain data, digests and the schema, through their public doors."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.load import commit, digest, load
from inventory.model import Site
from inventory.problem import BadInventory, Problem
from inventory.schema import schema
from inventory.source import line_of, parse
from tests.inventory.worlds import DEMO, MINIMAL, Patch, build

WRITABLE = st.characters(exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(WRITABLE, max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("22:00", "22:00"),
        ("no", "no"),
        ("010", 10),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("~", None),
        ("", None),
        ("true", True),
        ("-9.25", -9.25),
        ('"010"', "010"),
        ("10.254.0.0", "10.254.0.0"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_scalars_mean_what_they_say(written: str, read: object) -> None:
    document = parse(f"a: {written}\n", Path("x.yaml"))
    assert document.problems == ()
    assert document.data == {"a": read}
    assert isinstance(document.data, dict)
    assert type(document.data["a"]) is type(read)


@given(st.dictionaries(st.text("abcxyz", min_size=1), PLAIN, max_size=4))
def test_what_json_writes_is_read_back(data: dict[str, object]) -> None:
    document = parse(json.dumps(data, ensure_ascii=False), Path("x.yaml"))
    assert document.problems == ()
    assert document.data == data


@given(st.text(max_size=80))
def test_any_text_is_read_or_told_at_a_line_and_never_raises(text: str) -> None:
    document = parse(text, Path("x.yaml"))
    assert all(0 <= problem.line <= len(text.splitlines()) + 1 for problem in document.problems)
    if document.problems and document.root is None:
        assert document.data is None


def test_the_line_of_a_value_is_where_it_stands() -> None:
    document = parse("a:\n  - b: 1\n    c:\n      - 2\n      - 3\n", Path("x.yaml"))
    assert document.root is not None
    assert line_of(document.root, ("a", 0, "c", 1)) == 5
    assert line_of(document.root, ("a", 0, "missing")) == 2


def test_a_folder_without_a_world_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInventory) as raised:
            load(folder)
        assert raised.value.problems[0].file == str(folder)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    world = build(tmp_path)
    (world / "bad.yaml").write_bytes(b"sites: \xff\n")
    with pytest.raises(BadInventory) as raised:
        load(world)
    assert Problem(str(world / "bad.yaml"), 0, "cannot be read: it is not UTF-8", "make it a text file") in (
        raised.value.problems
    )


def test_the_digest_is_of_the_world_and_not_of_its_files(tmp_path: Path) -> None:
    world = build(tmp_path)
    first = digest(load(world))
    sites = world / "sites.yaml"
    (world / "region").mkdir()
    sites.rename(world / "region" / "a-sites.yaml")
    (world / "comment.yaml").write_text("# nothing\n")
    assert digest(load(world)) == first == digest(load(MINIMAL))
    Patch("region/a-sites.yaml", ["latitude: -9.25"], ["latitude: -9.26"]).apply(world)
    assert digest(load(world)) != first


def test_the_commit_is_named_and_an_edit_is_not_hidden(tmp_path: Path) -> None:
    world = build(tmp_path)
    assert commit(world) is None
    who = ("-c", "user.name=t", "-c", "user.email=t@t.example")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", "-C", str(world), *words], check=True)
    head = subprocess.run(["git", "-C", str(world), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert commit(world) == head.stdout.strip()
    (world / "new.yaml").write_text("sites: []\n")
    assert commit(world) == head.stdout.strip() + "+edited"
    (world / "new.yaml").unlink()
    (world / ".git" / "index").write_bytes(b"damaged")
    assert commit(world) == head.stdout.strip() + "+edited", "nobody can say that nothing was edited"


def test_names_lead_to_their_records() -> None:
    world = load(DEMO)
    assert isinstance(world.site["mbeya"], Site)
    assert world.device["core-1"].management_address.exploded == "10.255.0.1"
    assert [link.name for link in world.links_of["jump-1"]] == ["sw-dodoma--jump-1"]
    assert [server.name for server in world.servers] == sorted(world.machine) == ["mirror-1", "web-1"]
    assert [vlan.id for vlan in world.vlans_of["dodoma-dc"]] == [10, 120, 121, 130]


def test_the_schema_names_every_section_and_refuses_other_keys() -> None:
    document = schema()
    assert set(document["properties"]) == {
        *("world", "sites", "devices", "links", "vlans", "prefixes", "institutions", "services"),
        *("machines", "volumes", "accounts", "secrets", "windows", "freezes"),
    }
    assert document["additionalProperties"] is False
    assert document["$defs"]["Device"]["additionalProperties"] is False
    assert document["$defs"]["Device"]["properties"]["role"] == {"$ref": "#/$defs/Role"}
    assert "upstream" in document["$defs"]["Role"]["enum"]


def test_a_world_is_read_from_wherever_it_stands(tmp_path: Path) -> None:
    shutil.copytree(MINIMAL, tmp_path / "a" / "b")
    assert load(tmp_path / "a" / "b") == load(MINIMAL)
