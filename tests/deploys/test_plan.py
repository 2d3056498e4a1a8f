"""Payload, fingerprint, diff and certificates: pure, and the same bytes every time."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from change.model import Effect
from change.target import TargetError
from deploys import payload, tls
from deploys.diff import difference
from deploys.frozen import Keeps, LiveFile, Prepared, Put, Reference, Run
from deploys.intent import HostIntent, host_intent
from deploys.manifest import Manifest
from deploys.masking import Known, masked
from deploys.payload import NO_FACTS, Payload
from inventory.model import DeployRole
from inventory.sealed import Sealed
from inventory.secret_store import AgeStore
from tests.deploys.servers import TODAY, world

WORLD = world((DeployRole.BASE, DeployRole.WEB))


@pytest.fixture
def store(tmp_path: Path) -> AgeStore:
    return AgeStore.create(tmp_path / "secrets", WORLD)


@pytest.fixture
def intent(store: AgeStore) -> HostIntent:
    return host_intent(WORLD, WORLD.servers[0], store, TODAY, None)


def put(path: str, *content: str | Reference, deploy: str = "sshd") -> Put:
    return Put(deploy=deploy, title="Put", path=path, owner="root", group="root", mode=0o600, content=content)


def prepared(*operations: Put | Run, live: dict[str, LiveFile] | None = None) -> Prepared:
    return Prepared(manifest=Manifest(), operations=operations, facts=NO_FACTS, live=live or {})


def test_a_file_is_shown_with_its_context_and_its_owner(intent: HostIntent) -> None:
    old = LiveFile(owner="root", group="root", mode=0o644, lines=tuple("abcdefghij"))
    found = prepared(put("/etc/x", "a\nb\nc\nd\ne\nF\ng\nh\ni\nj\n"), live={"/etc/x": old})
    (part, _) = difference(found, intent).parts
    assert [f"{line.sign}{line.text}" for line in part.lines] == [
        "-(root:root 0644)", "+(root:root 0600)", " @@ -3,7 +3,7 @@", " c", " d", " e", "-f", "+F", " g", " h", " i",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("DEBIAN_FRONTEND=noninteractive apt-get -y install nginx", Effect.CANNOT_BE_UNDONE),
        ("rm -rf /srv/www/web-mof", Effect.DATA_DELETED),
        ("rm -fr /srv/data", Effect.DATA_DELETED),
        ("mkfs.ext4 /dev/vdb", Effect.DATA_DELETED),
        ("runuser -u postgres -- psql -c 'drop database eoffice'", Effect.DATA_DELETED),
        ("userdel --force --remove asha", Effect.DATA_DELETED),
        ("userdel asha", Effect.ACCOUNT_CHANGED),
        ("usermod --lock govnet-login", Effect.OWN_ACCESS),
        ("rm -f /etc/ssh/authorized_keys.d/govnet-login", Effect.OWN_ACCESS),
        ("chmod 0 /usr/local/sbin/govnet-latch", Effect.OWN_ACCESS),
        ("systemctl disable --now ssh.service", Effect.OWN_ACCESS),
        ("nft flush ruleset", Effect.FILTER_LOOSENED),
    ],
)
def test_what_a_command_does_is_said(intent: HostIntent, command: str, effect: Effect) -> None:
    found = prepared(Run(deploy="Time", title="It", command=command))
    assert effect in difference(found, as_login(intent)).effects


@pytest.mark.parametrize(
    "command",
    ["rm -f /etc/nginx/govnet.d/x.conf", "sshd -t", "systemctl reload ssh.service", "chown root:root /etc/issue.net",
     "find /srv -type f", "echo confirm"],
)  # fmt: skip
def test_an_everyday_command_does_none_of_it(intent: HostIntent, command: str) -> None:
    assert difference(prepared(Run(deploy="Time", title="It", command=command)), as_login(intent)).effects == ()


def as_login(intent: HostIntent) -> HostIntent:
    return intent.model_copy(update={"login_user": "govnet-login"})


@pytest.mark.parametrize(
    ("path", "old", "new", "effects"),
    [
        ("/etc/ssh/authorized_keys.d/govnet-login", "ssh-ed25519 A", "ssh-ed25519 B",
         {Effect.OWN_ACCESS, Effect.AUTHENTICATION_CHANGED}),
        ("/etc/ssh/authorized_keys.d/asha", "ssh-ed25519 A", "ssh-ed25519 B", {Effect.AUTHENTICATION_CHANGED}),
        ("/root/.ssh/authorized_keys", "ssh-ed25519 A", "", {Effect.OWN_ACCESS}),
        ("/etc/ssh/sshd_config.d/govnet.conf", "AllowUsers root", "AllowUsers asha",
         {Effect.OWN_ACCESS, Effect.AUTHENTICATION_CHANGED}),
        ("/etc/ssh/sshd_config.d/govnet.conf", "MaxAuthTries 3", "MaxAuthTries 9", {Effect.AUTHENTICATION_CHANGED}),
        ("/etc/sudoers.d/govnet", "asha ALL=(ALL:ALL) ALL", "", {Effect.ACCOUNT_CHANGED}),
        ("/etc/sudoers.d/govnet", "govnet-login ALL=(ALL) ALL", "", {Effect.ACCOUNT_CHANGED, Effect.OWN_ACCESS}),
        ("/etc/snmp/snmpd.conf", "rouser govnet priv", "rouser govnet noauth", {Effect.ACCOUNT_CHANGED}),
        ("/etc/snmp/snmpd.conf.d/govnet-users.conf", 'createUser x SHA "<a#0>"', 'createUser y SHA "<a#0>"',
         {Effect.ACCOUNT_CHANGED, Effect.AUTHENTICATION_CHANGED}),
        ("/etc/snmp/snmpd.conf", "sysLocation Dodoma", "sysLocation Mbeya", set()),
        ("/etc/nginx/govnet.d/mof.conf", "    deny all;", "", {Effect.FILTER_LOOSENED}),
        ("/etc/nginx/govnet.d/mof.conf", "    auth_basic mof;", "    auth_basic off;", {Effect.FILTER_LOOSENED}),
        ("/etc/nginx/govnet.d/mof.conf", "    index a;", "    index b;", set()),
        ("/etc/nginx/govnet.d/mof.conf", "", "    deny all;", set()),
        ("/etc/nftables.conf", "tcp dport 22 drop", "", {Effect.FILTER_LOOSENED}),
        ("/etc/apt/keyrings/govnet-mirror.asc", "A", "B", {Effect.AUTHENTICATION_CHANGED}),
        ("/usr/local/sbin/govnet-latch", "import sys", "", {Effect.OWN_ACCESS}),
        ("/etc/hostname", "web-1", "web-2", {Effect.IDENTITY_CHANGED}),
        ("/etc/network/interfaces", "address 10.0.0.1/24", "address 10.0.0.2/24", {Effect.MANAGEMENT_PATH}),
        ("/etc/timezone", "UTC", "EAT", set()),
    ],
)  # fmt: skip
def test_what_a_line_of_a_file_does_is_said_by_that_line(
    intent: HostIntent, path: str, old: str, new: str, effects: set[Effect]
) -> None:
    live = LiveFile(owner="root", group="root", mode=0o600, lines=tuple(old.splitlines()))
    found = prepared(put(path, f"{new}\n" if new else "", deploy="Time"), live={path: live})
    assert set(difference(found, as_login(intent)).effects) == effects


def test_a_reference_in_a_text_stays_text(store: AgeStore) -> None:
    tag = store.tag("snmp-auth")
    plan = Payload(manifest=Manifest(), keeps=Keeps(), operations=(put("/etc/x", f"{tag}\n", Reference(secret=tag)),))
    _, line = payload.commands(payload.parsed(plan.canonical()), store, frozenset({"snmp-auth"}))
    assert tag in line and line.count(store.value("snmp-auth")) == 1


@pytest.mark.parametrize("why", ["rotated", "of another server", "unknown"])
def test_a_secret_that_is_not_the_plans_is_refused(store: AgeStore, why: str) -> None:
    tag = "<unknown#0123456789abcdef>" if why == "unknown" else store.tag("snmp-auth")
    plan = Payload(manifest=Manifest(), keeps=Keeps(), operations=(put("/etc/x", Reference(secret=tag)),))
    if why == "rotated":
        store.rotate("snmp-auth")
    allowed = frozenset({"snmp-priv"} if why == "of another server" else {"snmp-auth"})
    with pytest.raises(TargetError, match="/etc/x"):
        payload.commands(plan, store, allowed)


def test_a_secret_that_somebody_pasted_into_any_file_is_not_shown(store: AgeStore) -> None:
    names = ("snmp-auth", "tls-mof")
    known = [Known(Sealed(store.value(name)), store.tag(name)) for name in names]
    key = store.value("tls-mof").splitlines()
    live = ["a note", f"the word is {store.value('snmp-auth')}!", *key, f"half a key: {key[1]}"]
    assert masked(live, put("/etc/issue.net", "Welcome\n"), known) == (
        "a note", f"the word is {store.tag('snmp-auth')}!", store.tag("tls-mof"), f"half a key: {store.tag('tls-mof')}",
    )  # fmt: skip


def test_where_secrets_stand_every_other_line_is_hidden(store: AgeStore) -> None:
    tag = store.tag("snmp-auth")
    wanted = put("/etc/x", "user ", Reference(secret=tag), "\n")
    live = [f"user {store.value('snmp-auth')}", "", "user of-last-year"]
    known = [Known(Sealed(store.value("snmp-auth")), tag)]
    assert masked(live, wanted, known) == (f"user {tag}", "", "<hidden>")


def test_the_fingerprint_covers_commands_facts_and_what_is_ours() -> None:
    one = prepared(Run(deploy="Time", title="It", command="true"))
    others = (
        prepared(Run(deploy="Time", title="It", command="false")),
        one.model_copy(update={"facts": "sha256:" + "1" * 64}),
        one.model_copy(update={"manifest": Manifest(accounts=("asha",))}),
    )
    assert len({payload.fingerprint(found) for found in (one, *others)}) == 4
    shown = LiveFile(owner="root", group="root", mode=0, lines=())
    assert payload.fingerprint(one) == payload.fingerprint(one.model_copy(update={"live": {"/etc/x": shown}}))


def test_sites_whose_names_begin_alike_have_a_user_each(store: AgeStore) -> None:
    names = [f"web-national-examinations-council-{end}" for end in ("mwanza", "mbeya")]
    sites = tuple(site.model_copy(update={"name": name}) for site, name in zip(WORLD.services, names, strict=True))
    found = host_intent(WORLD.model_copy(update={"services": sites}), WORLD.servers[0], store, TODAY, None)
    users = [site.user for site in found.sites]
    assert len(set(users)) == 2
    assert all(len(user) == 32 and user.startswith("site-web-national-exam") for user in users)


def test_certificates_are_computed_to_the_byte(store: AgeStore) -> None:
    authority = tls.Authority("GovNet", Sealed(store.value("ca")))
    key = Sealed(store.value("tls-mof"))
    first = tls.site_certificate(authority, "mof.govnet.example", key, date(2026, 10, 1))
    assert first == tls.site_certificate(authority, "mof.govnet.example", key, date(2026, 12, 31))
    later = tls.site_certificate(authority, "mof.govnet.example", key, date(2027, 1, 1))
    assert later != first


def test_a_certificate_never_has_less_than_a_hundred_days(store: AgeStore) -> None:
    authority = tls.Authority("GovNet", Sealed(store.value("ca")))
    key = Sealed(store.value("tls-mof"))
    for offset in range(0, 366, 7):
        today = date(2027, 1, 1) + timedelta(days=offset)
        made = x509.load_pem_x509_certificate(tls.site_certificate(authority, "a.example", key, today).encode())
        assert made.not_valid_before_utc.date() <= today
        assert (made.not_valid_after_utc.date() - today).days >= 100
        issuer = x509.load_pem_x509_certificate(tls.authority_certificate(authority).encode())
        made.verify_directly_issued_by(issuer)
