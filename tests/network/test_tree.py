"""FRR's text as a tree: what FRR prints and what we render are one text, whatever order it comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from network import tree
from tests.network.generated import PATIENT, configurations
from tests.network.worlds import ROOT

PRINTED = (ROOT / "tests/network/recorded/running-8.4.4.txt").read_text()
LOADED = (ROOT / "tests/network/recorded/loaded-8.4.4.txt").read_text()


def test_what_frr_prints_of_a_file_normalises_to_what_the_file_does() -> None:
    """Recorded: LOADED is a frr.conf in no order, PRINTED what FRR 8.4.4 said after it had read it."""
    assert PRINTED != LOADED
    assert tree.normal(PRINTED) == tree.normal(LOADED)
    assert "hostname" not in tree.normal(PRINTED)
    assert tree.parse(PRINTED).section("router bgp 64512").section("address-family ipv6 unicast").lines


@PATIENT
@given(configurations())
def test_text_and_tree_are_two_forms_of_one_thing(root: tree.Section) -> None:
    assert tree.parse(tree.text(root)) == root
    assert tree.normal(tree.text(root)) == tree.text(root)


@PATIENT
@given(configurations(), st.randoms(use_true_random=False))
def test_the_order_in_which_lines_come_says_nothing(root: tree.Section, chance: st.random_module) -> None:
    def shuffled(section: tree.Section) -> tree.Section:
        lines, inner = list(section.lines), [shuffled(each) for each in section.sections]
        chance.shuffle(lines)
        chance.shuffle(inner)
        return tree.Section(section.header, tuple(lines), tuple(inner))

    assert tree.canonical(shuffled(root)) == root


@PATIENT
@given(configurations(), configurations())
def test_two_configurations_that_differ_have_two_texts(one: tree.Section, other: tree.Section) -> None:
    assert (tree.text(one) == tree.text(other)) == (one == other)


def test_a_neighbour_is_made_before_anything_is_said_of_it() -> None:
    text = tree.normal(
        "router bgp 1\n neighbor 10.0.0.2 description b\n neighbor 10.0.0.2 remote-as 1\n"
        " neighbor 10.0.0.10 password x\n neighbor 10.0.0.10 remote-as 1\n bgp router-id 1.1.1.1\nexit\n"
    )
    assert [line.strip() for line in text.splitlines()] == [
        "router bgp 1",
        "bgp router-id 1.1.1.1",
        "neighbor 10.0.0.2 remote-as 1",
        "neighbor 10.0.0.2 description b",
        "neighbor 10.0.0.10 remote-as 1",
        "neighbor 10.0.0.10 password x",
        "exit",
    ]


def test_an_interface_with_nothing_to_say_is_left_out_and_an_empty_router_is_not() -> None:
    assert tree.normal("interface eth1\nexit\n!\nrouter ospf\nexit\n") == "router ospf\nexit\n"


def test_forwarding_that_frr_does_not_print_is_said() -> None:
    assert tree.normal("frr defaults traditional\n") == "frr defaults traditional\nip forwarding\nipv6 forwarding\n"
    off = "frr defaults traditional\nno ip forwarding\n"
    assert tree.normal(off) == "frr defaults traditional\nno ip forwarding\nipv6 forwarding\n"
    assert tree.normal("agentx\n") == "agentx\n"


def test_sections_of_one_header_are_one_section() -> None:
    assert tree.normal("router ospf\n ospf router-id 1.1.1.1\nrouter ospf\n passive-interface default\n") == (
        "router ospf\n ospf router-id 1.1.1.1\n passive-interface default\nexit\n"
    )
