"""approve, trust, review and apply together, by the real program with boxes that are only pretended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.people import key_of
from tests.change.fake_file_box import targets_in
from tests.govnet.office import Office, next_document
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import people_of


def test_signed_then_applied(office: Office) -> None:
    assert "its author asha has not signed it" in office.govnet(3, "apply", str(office.plan))
    assert "needs 1 more: reviewer" in office.signs("asha")
    assert office.untouched()
    assert "approved" in office.signs("juma", "--reason", "all is as we spoke of")
    assert "Confirmed, and stands: 3 of 3" in office.govnet(0, "apply", str(office.plan))
    assert "juma as reviewer: all is as we spoke of" in office.govnet(0, "journal")


def test_a_process_of_its_own_says_the_same(office: Office) -> None:
    """What no other test here proves: the program started by itself, its streams and its exit status."""
    words = ("apply", str(office.plan), "--state", str(office.state))
    line = (sys.executable, "-c", GOVNET, str(office.folder), *words)
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == office.ran("apply", str(office.plan))
    assert done.returncode == 3 and "its author asha has not signed it" in done.stderr


def test_without_a_pinned_trust_document_nothing_is_applied(folder: Path, people: Path) -> None:
    office = Office(folder, people)
    said = office.govnet(3, "apply", str(office.plan))
    assert said.startswith("Refused: no trust document is pinned on this jump host: `govnet trust init FILE` pins one")
    assert office.untouched()


def test_a_signature_that_would_not_count_is_not_kept(office: Office) -> None:
    key = str(key_of(people_of(office.state), "asha"))
    said = office.govnet(3, "approve", str(office.plan), "--as", "juma", "--key", key)
    assert "juma: the signature is by a key that is not theirs" in said
    assert "role security, which they do not hold" in office.signs("juma", "--role", "security", ends=3)
    assert not office.plan.with_name("plan.approvals").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "nobody"), "no such person; it has asha, juma"),
        (("--as", "juma", "--role", "owner"), "write one of engineer, reviewer"),
        (("--as", "juma", "--role", "break-glass"), "or say --break-glass"),
        (("--as", "rehema", "--break-glass"), "needs a --reason"),
        (("--as", "juma", "--key", "no-such-key"), "made no signature with no-such-key"),
    ],
)
def test_wrong_usage_of_approve_says_what_would_be_right(office: Office, words: tuple[str, ...], said: str) -> None:
    assert said in office.govnet(2, "approve", str(office.plan), *words)


def test_a_key_with_a_passphrase_is_not_asked_for_where_nobody_sits(office: Office, tmp_path: Path) -> None:
    key = key_of(people_of(office.state), "juma")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(key)], check=True)
    assert "made no signature" in office.signs("juma", ends=2)


def links(office: Office) -> None:
    folder = office.plan.with_name("plan.approvals")
    (folder / "juma.json").rename(office.folder / "elsewhere")
    (folder / "juma.json").symlink_to(office.folder / "elsewhere")


def pipe(office: Office) -> None:
    path = office.plan.with_name("plan.approvals") / "juma.json.sig"
    path.unlink()
    os.mkfifo(path)


def huge(office: Office) -> None:
    with (office.plan.with_name("plan.approvals") / "juma.json").open("ab") as file:
        file.truncate(1 << 30)


def alone(office: Office) -> None:
    (office.plan.with_name("plan.approvals") / "juma.json.sig").unlink()


def folder_is_a_link(office: Office) -> None:
    folder = office.plan.with_name("plan.approvals")
    folder.rename(office.folder / "elsewhere")
    folder.symlink_to(office.folder / "elsewhere")


def other_case(office: Office) -> None:
    folder = office.plan.with_name("plan.approvals")
    for name in ("juma.json", "juma.json.sig"):
        (folder / name).rename(folder / name.replace("j", "J", 1))


@pytest.mark.parametrize("bad", [links, pipe, huge, alone, folder_is_a_link, other_case])
def test_what_is_no_plain_file_of_its_own_does_not_count(office: Office, bad: object) -> None:
    office.signs("asha")
    office.signs("juma")
    assert callable(bad)
    bad(office)
    done = office.ran("apply", str(office.plan))
    assert done.status in (2, 3) and "Traceback" not in done.err
    assert "Confirmed" not in done.out
    assert office.untouched()


PROMOTED = (
    'title: "Asha Example, network operations", roles: [engineer]',
    "title: Asha, roles: [reviewer, security]",
)


def test_a_trust_document_is_changed_by_signatures_under_the_old_one(office: Office) -> None:
    """asha would like to be a reviewer: she cannot make herself one, and cannot be a second signer of her own."""
    new = next_document(office, PROMOTED)
    assert "asha has not signed it" in office.govnet(3, "trust", "change", str(new))
    office.signs("asha", file=new)
    assert "needs 2 more: reviewer" in office.govnet(3, "trust", "change", str(new))
    office.signs("juma", file=new)
    office.signs("neema", file=new)
    assert "needs 1 more: security" in office.govnet(3, "trust", "change", str(new))
    assert "baraka signed as security" in office.signs("baraka", file=new)
    assert "serial 2" in office.govnet(0, "trust", "change", str(new))
    assert "serial 2" in office.govnet(0, "trust", "show")
    assert "asha has not signed it" in office.govnet(3, "trust", "change", str(new)), "signed in a role that she had"


def test_break_glass_changes_no_trust_document(office: Office) -> None:
    new = next_document(office)
    office.signs("asha", file=new)
    assert "changes no trust document" in office.signs("rehema", "--break-glass", "--reason", "now", ends=3, file=new)


def test_a_revoked_key_counts_no_more_for_what_it_had_approved(office: Office) -> None:
    office.signs("asha")
    office.signs("juma")
    juma = re.search(r"name: juma.*?valid_until: [^}]+", office.trust.read_text(), re.DOTALL)
    assert juma
    new = next_document(office, (juma[0], juma[0] + ", revoked: 2026-01-02T00:00:00Z"))
    for person, role in (("asha", "engineer"), ("juma", "reviewer"), ("neema", "security"), ("baraka", "reviewer")):
        office.signs(person, "--role", role, file=new)
    office.govnet(0, "trust", "change", str(new))
    assert "juma: is signed with a revoked key" in office.govnet(3, "apply", str(office.plan))
    assert office.untouched()


def test_break_glass_stays_open_until_two_others_have_reviewed_it(office: Office) -> None:
    office.signs("asha")
    office.signs("rehema", "--break-glass", "--reason", "Mbeya is down")
    said = office.govnet(0, "apply", str(office.plan))
    assert "by rehema, " in said and "Mbeya is down" in said and "not reviewed yet; 2 more must" in said
    assert max(len(line) for line in said[said.index("Break-glass") :].splitlines()) <= 80
    status = office.govnet(0, "status")
    assert "by rehema, " in status and "Mbeya is down" in status and "not reviewed yet; 2 more must" in status
    assert all(name in status for name in targets_in(office.folder))
    assert max(len(line) for line in status.splitlines()) <= 80
    assert "rehema broke the glass" in office.reviews("rehema", ends=3)
    assert "asha is its author" in office.reviews("asha", ends=3)
    assert "reviewed by juma" in office.reviews("juma")
    assert "juma has reviewed it already" in office.reviews("juma", ends=3)
    (program,) = json.loads(office.govnet(0, "status", "--json").splitlines()[0])["open_break_glass"]
    assert (program["person"], program["reviewed"], program["reviews_missing"]) == ("rehema", ["juma"], 1)
    assert "reviewed by 2 others, and closed" in office.reviews("neema")
    assert "Break-glass" not in office.govnet(0, "status")


def test_what_was_approved_by_its_policy_is_not_reviewed(office: Office) -> None:
    for person in ("asha", "juma"):
        office.signs(person)
    office.govnet(0, "apply", str(office.plan))
    assert "was not applied by break-glass" in office.reviews("neema", ends=3)


def test_a_pinned_document_that_was_edited_is_none(office: Office) -> None:
    path = office.state / "trust" / "1.json"
    path.write_bytes(path.read_bytes().replace(b'"serial":1', b'"serial":2'))
    assert "is not the one that was pinned" in office.govnet(3, "trust", "show")
    assert "is not the one that was pinned" in office.govnet(3, "apply", str(office.plan))
    assert office.untouched()


def test_a_second_document_is_not_pinned_over_the_first(office: Office) -> None:
    assert "has a pinned trust document already" in office.govnet(3, "trust", "init", str(office.trust))


@pytest.mark.parametrize("guide", ["reviewer.md", "auditor.md", "auditor.sw.md"])
def test_the_command_of_the_guide_checks_an_approval(office: Office, guide: str) -> None:
    """As it stands there, in a shell, with no govnet behind ssh-keygen."""
    office.signs("juma")
    text = (ROOT / "docs" / "guide" / guide).read_text()
    (command,) = re.findall(r"^    \$ (ssh-keygen -Y verify .* govnet-statement-v1@govnet .*)$", text, re.MULTILINE)
    (office.folder / "allowed_signers").write_text(office.govnet(0, "trust", "signers"))
    here = command.replace("chunya.plan", "plan")
    done = subprocess.run(["sh", "-c", here], cwd=office.folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith('Good "govnet-statement-v1@govnet" signature for juma with ED25519 key SHA256:')
    (office.folder / "plan.approvals" / "juma.json").write_text("{}")
    assert subprocess.run(["sh", "-c", here], cwd=office.folder, capture_output=True, check=False).returncode != 0
