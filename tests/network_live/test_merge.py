"""Candidates merged as FRR would: a new value takes the place of the old, `no` takes away, the rest stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network import tree
from network.merge import merge

RUNNING = tree.normal((Path(__file__).parent / "recorded" / "running.txt").read_text())
INTERFACE_LINES = st.sampled_from(
    (
        "description a b",
        "description c",
        "ip ospf cost 10",
        "ip ospf cost 20",
        "ip address 10.9.0.1/24",
        "ip address 10.8.0.1/24",
        "ip ospf hello-interval 2",
    )
)


def test_a_value_takes_the_place_of_the_old_one() -> None:
    after = tree.parse(merge(RUNNING, "interface eth1\n description new\n ip ospf hello-interval 7\n"))
    lines = after.section("interface eth1").lines
    assert [line for line in lines if line.startswith("description")] == ["description new"]
    assert [line for line in lines if "ip ospf hello" in line] == ["ip ospf hello-interval 7"]
    assert "ipv6 ospf6 hello-interval 1" in lines


def test_addresses_are_added_and_taken_away() -> None:
    added = merge(RUNNING, "interface eth1\n ip address 10.9.9.9/32\n")
    lines = tree.parse(added).section("interface eth1").lines
    assert [line for line in lines if line.startswith("ip address")] == [
        "ip address 10.1.0.0/31",
        "ip address 10.9.9.9/32",
    ]
    assert merge(added, "interface eth1\n no ip address 10.9.9.9/32\n") == RUNNING


def test_no_takes_a_line_by_its_beginning_and_a_section_by_its_header() -> None:
    assert "ip ospf dead-interval" not in merge(RUNNING, "interface eth1\n no ip ospf dead-interval\n")
    assert "router ospf6" not in merge(RUNNING, "no router ospf6\n")


def test_one_policy_of_each_kind_and_direction() -> None:
    candidate = (
        "router bgp 65001\n address-family ipv4 unicast\n  neighbor 10.1.0.1 prefix-list OTHER in\n"
        "  neighbor 10.1.0.1 prefix-list OUT out\n exit-address-family\n"
    )
    family = tree.parse(merge(RUNNING, candidate)).section("router bgp 65001").section("address-family ipv4 unicast")
    assert sorted(line for line in family.lines if "prefix-list" in line) == [
        "neighbor 10.1.0.1 prefix-list OTHER in",
        "neighbor 10.1.0.1 prefix-list OUT out",
    ]


def test_an_entry_of_a_prefix_list_is_replaced_by_its_number() -> None:
    after = tree.parse(merge(RUNNING, "ip prefix-list ANY seq 5 deny 10.0.0.0/8\n"))
    assert [line for line in after.lines if line.startswith("ip prefix-list")] == [
        "ip prefix-list ANY seq 5 deny 10.0.0.0/8"
    ]


def test_a_setting_that_is_on_by_default_is_switched_off_and_on() -> None:
    off = merge("router bgp 1\n bgp router-id 1.1.1.1\nexit\n", "router bgp 1\n no bgp default ipv4-unicast\n")
    assert "no bgp default ipv4-unicast" in off
    assert "no bgp default ipv4-unicast" not in merge(off, "router bgp 1\n bgp default ipv4-unicast\n")


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("interface eth1", "ip ospf authentication message-digest", "ip ospf authentication-key word"),
        ("interface eth1", "ip ospf authentication", "ip ospf authentication-key word"),
        ("router bgp 1", "neighbor 10.0.0.1 timers 1 4", "neighbor 10.0.0.1 timers connect 5"),
    ],
)
def test_two_settings_of_which_one_word_begins_the_other_stand_beside_each_other(
    header: str, first: str, second: str
) -> None:
    both = tree.normal(f"{header}\n {first}\n {second}\n")
    assert merge(f"{header}\n {first}\n", f"{header}\n {second}\n") == both
    assert merge(f"{header}\n {second}\n", f"{header}\n {first}\n") == both


def test_a_setting_with_and_without_a_value_is_one_setting() -> None:
    bare, valued = (f"interface eth1\n ip ospf authentication{value}\nexit\n" for value in ("", " message-digest"))
    assert (merge(bare, valued), merge(valued, bare)) == (valued, bare)


@given(st.lists(INTERFACE_LINES, min_size=1, max_size=6))
def test_merging_the_same_twice_changes_nothing_more(lines: list[str]) -> None:
    candidate = "interface eth1\n" + "".join(f" {line}\n" for line in lines)
    once = merge(RUNNING, candidate)
    assert merge(once, candidate) == once


def test_merging_what_runs_changes_nothing() -> None:
    assert merge(RUNNING, RUNNING) == RUNNING
