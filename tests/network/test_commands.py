"""The commands between two configurations take one to the other, and back."""

from __future__ import annotations

import re

from hypothesis import given, settings

from network import tree
from network.commands import commands
from tests.network.frr_model import apply
from tests.network.generated import PATIENT, configurations


@settings(PATIENT, max_examples=400)
@given(configurations(), configurations())
def test_commands_lead_from_any_configuration_to_any_other_and_back(one: tree.Section, other: tree.Section) -> None:
    there = apply(one, commands(tree.text(one), tree.text(other)))
    assert there == other
    assert apply(there, commands(tree.text(other), tree.text(one))) == one


@PATIENT
@given(configurations(), configurations())
def test_there_are_no_commands_exactly_if_nothing_differs(one: tree.Section, other: tree.Section) -> None:
    assert commands(tree.text(one), tree.text(one)) == ()
    assert (commands(tree.text(one), tree.text(other)) == ()) == (one == other)


def between(old: str, new: str) -> list[str]:
    return [line.strip() for line in commands(old, new) if line.strip() not in tree.CLOSERS]


def test_an_ospf_key_is_taken_back_before_the_new_one_is_given() -> None:
    old = "interface eth1\n ip ospf message-digest-key 1 md5 one\nexit\n"
    assert between(old, old.replace("one", "two")) == [
        "interface eth1",
        "no ip ospf message-digest-key 1 md5 one",
        "interface eth1",
        "ip ospf message-digest-key 1 md5 two",
    ]


def test_an_entry_replaced_under_its_number_is_never_taken_back() -> None:
    old = "ip prefix-list a seq 10 permit 10.0.0.0/8\n"
    assert between(old, "ip prefix-list a seq 10 permit 11.0.0.0/8\n") == ["ip prefix-list a seq 10 permit 11.0.0.0/8"]


def test_an_entry_that_moves_is_taken_back_first() -> None:
    old = "ip prefix-list a seq 10 permit 10.0.0.0/8\n"
    assert between(old, "ip prefix-list a seq 20 permit 10.0.0.0/8\n") == [
        "no ip prefix-list a seq 10 permit 10.0.0.0/8",
        "ip prefix-list a seq 20 permit 10.0.0.0/8",
    ]


def test_a_new_number_of_the_autonomous_system_first_ends_the_old_instance() -> None:
    old = "router bgp 64512\n neighbor 10.0.0.2 remote-as 64512\nexit\n"
    assert between(old, old.replace("bgp 64512", "bgp 64777")) == [
        "no router bgp 64512",
        "router bgp 64777",
        "neighbor 10.0.0.2 remote-as 64512",
    ]


def test_a_neighbour_of_another_system_is_made_anew_with_all_its_lines() -> None:
    old = (
        "router bgp 1\n neighbor 10.0.0.2 remote-as 1\n neighbor 10.0.0.2 password x\n"
        " address-family ipv4 unicast\n  neighbor 10.0.0.2 activate\n exit-address-family\nexit\n"
    )
    assert between(old, old.replace("remote-as 1", "remote-as 2")) == [
        "router bgp 1",
        "no neighbor 10.0.0.2 remote-as 1",
        "router bgp 1",
        "neighbor 10.0.0.2 remote-as 2",
        "neighbor 10.0.0.2 password x",
        "address-family ipv4 unicast",
        "neighbor 10.0.0.2 activate",
    ]


def test_a_neighbour_is_gone_before_the_filter_that_it_had() -> None:
    peer = "router bgp 1\n neighbor 10.0.0.2 remote-as 2\n address-family ipv4 unicast\n"
    old = f"ip prefix-list a seq 10 permit 10.0.0.0/8\n{peer}  neighbor 10.0.0.2 prefix-list a in\n"
    there, back = between(old, ""), between("", old)
    assert there == ["no router bgp 1", "no ip prefix-list a seq 10 permit 10.0.0.0/8"]
    assert back.index("ip prefix-list a seq 10 permit 10.0.0.0/8") < back.index("neighbor 10.0.0.2 prefix-list a in")


def test_a_description_is_taken_back_without_its_words_and_an_interface_by_emptying_it() -> None:
    old = "interface eth1\n description to the left\n ip address 10.0.0.1/31\nexit\n"
    assert between(old, "") == ["interface eth1", "no ip address 10.0.0.1/31", "no description"]


def test_a_setting_is_taken_back_though_one_that_begins_with_its_word_is_given() -> None:
    peer = "router bgp 1\n neighbor 10.0.0.2 remote-as 2\n neighbor 10.0.0.2 "
    assert between(f"{peer}timers connect 5\n", f"{peer}timers 1 4\n") == [
        "router bgp 1",
        "no neighbor 10.0.0.2 timers connect 5",
        "router bgp 1",
        "neighbor 10.0.0.2 timers 1 4",
    ]


@PATIENT
@given(configurations(), configurations())
def test_a_change_of_filters_and_bgp_never_touches_an_interface(one: tree.Section, other: tree.Section) -> None:
    ports = tuple(section for section in one.sections if section.header.startswith("interface "))
    rest = tuple(section for section in other.sections if not section.header.startswith("interface "))
    mixed = tree.canonical(tree.Section("", other.lines, (*ports, *rest)))
    assert not [line for line in commands(tree.text(one), tree.text(mixed)) if re.match(r"(no )?interface ", line)]


def test_an_interface_that_the_kernel_has_lost_is_deleted_whole() -> None:
    """FRR removes the lines of such an interface one by one too, and answers each time that it failed."""
    old = "interface v110\n description office\n ip address 10.0.0.1/31\nexit\n"
    assert commands(old, "", frozenset({"v110", "v120"})) == ("no interface v110",)
    assert commands(old, old, frozenset({"v110"})) == ()
    assert commands("", old, frozenset({"v110"})) == commands("", old)
