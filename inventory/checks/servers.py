"""Servers: what each is for, the machine that it runs on, who may log in, and which web sites it serves."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from inventory.checks.logins import is_taken
from inventory.checks.names import unknown
from inventory.draft import Draft, Finding, Spot
from inventory.model import DeployRole, Device, Platform, Service

_MOUNT = re.compile(r"(/[A-Za-z0-9._-]+)+")
_DATA = re.compile(r"/(srv|home)(/.*)?|/var/lib/(?!(apt|dbus|dpkg|govnet|govnet-latch|pam|systemd|ucf)(/|$)).+")
"""Where data lies: a volume anywhere else would hide what the machine is made of."""


def roles(draft: Draft) -> Iterator[Finding]:
    """A server of ours has the role base first; nothing else has any."""
    for index, device in enumerate(draft.devices):
        spot = Spot("devices", index, ("deploys",))
        if device.platform is not Platform.DEBIAN:
            if device.deploys:
                what = f"{device.name} has deploys, and the platform {device.platform}"
                yield Finding("deploys-on-network-box", spot, what, "remove them: only a server of ours has deploys")
        elif device.deploys[:1] != (DeployRole.BASE,):
            what = f"the first deploy of the server {device.name} is not base"
            where = spot if device.deploys else Spot("devices", index)
            yield Finding("server-without-base", where, what, "write `deploys: [base, ...]`")


def machines(draft: Draft) -> Iterator[Finding]:
    """A machine bears the name of a server of ours."""
    for index, machine in enumerate(draft.machines):
        spot = Spot("machines", index, ("name",))
        device = draft.device.get(machine.name)
        if device is None:
            yield from unknown(draft, "devices", machine.name, spot, "machine-of-no-device")
        elif device.platform is not Platform.DEBIAN or not device.managed:
            what = f"the machine {machine.name} bears the name of a {device.role} that is not a server of ours"
            yield Finding("machine-of-no-server", spot, what, "name a managed server of the platform debian")


def volumes(draft: Draft) -> Iterator[Finding]:
    """A volume is mounted on a machine, at a place of its own."""
    taken: dict[tuple[str, str], str] = {}
    for index, volume in enumerate(draft.volumes):
        spot = Spot("volumes", index, ("machine",))
        yield from unknown(draft, "machines", volume.machine, spot, "volume-of-no-machine")
        where = Spot("volumes", index, ("mount",))
        first = taken.setdefault((volume.machine, volume.mount), volume.name)
        if not _MOUNT.fullmatch(volume.mount) or ".." in volume.mount.split("/"):
            what = f"`{volume.mount}` is not a place to mount the volume {volume.name} on"
            yield Finding("bad-mount", where, what, "write an absolute path, such as /srv")
        elif not _DATA.fullmatch(volume.mount):
            what = f"the volume {volume.name} would hide what the machine has at {volume.mount}"
            yield Finding(
                "mount-over-system", where, what, "mount it in /srv, /home or a folder of /var/lib of its own"
            )
        elif first != volume.name:
            what = f"the volumes {first} and {volume.name} are both mounted on {volume.mount} of {volume.machine}"
            yield Finding("mount-of-two", where, what, "give each a path of its own")


def accounts(draft: Draft) -> Iterator[Finding]:
    """A login that is free, and keys that OpenSSH reads."""
    for index, account in enumerate(draft.accounts):
        login = None if draft.world is None else draft.world.login.user
        if is_taken(account.name) or account.name == login:
            what = f"the login {account.name} is not a person's"
            yield Finding("login-taken", Spot("accounts", index, ("name",)), what, "choose another")
        for place, key in enumerate(account.keys):
            if not is_public_key(key):
                what = f"a key of {account.name} is not an OpenSSH ed25519 public key"
                fix = "write `ssh-ed25519 BASE64`, without options or comment"
                yield Finding("bad-account-key", Spot("accounts", index, ("keys", place)), what, fix)


def hosting(draft: Draft) -> Iterator[Finding]:
    """Where there are servers there is a mirror for them, and it is one of them."""
    world = draft.world
    if world is None:
        return
    if world.hosting is None:
        ours = [device.name for device in draft.devices if device.platform is Platform.DEBIAN]
        if ours:
            what = f"there are servers ({', '.join(ours)}), and the world says nothing of hosting"
            fix = "add `hosting: {mirror: ..., ca_secret: ..., stack_secret: ..., mirror_secret: ...}`"
            yield Finding("world-without-hosting", Spot("world", 0), what, fix)
        return
    spot = Spot("world", 0, ("hosting", "mirror"))
    device = draft.device.get(world.hosting.mirror)
    if device is None:
        yield from unknown(draft, "devices", world.hosting.mirror, spot, "unknown-mirror")
    elif DeployRole.MIRROR not in device.deploys:
        what = f"the mirror {device.name} does not have the deploy mirror"
        yield Finding("mirror-without-role", spot, what, f"add mirror to the deploys of {device.name}")


def web_sites(draft: Draft) -> Iterator[Finding]:
    """What a server serves is a web site with a host name and a key, and the server is there for it."""
    for index, service in enumerate(draft.services):
        spot = Spot("services", index, ("server",))
        if service.server is None:
            if service.tls_secret is not None:
                what = f"{service.name} has a TLS key and no server"
                where = Spot("services", index, ("tls_secret",))
                yield Finding("key-without-server", where, what, "add `server: ...`, or remove the key")
            continue
        device = draft.device.get(service.server)
        if device is None:
            yield from unknown(draft, "devices", service.server, spot, "service-on-missing-server")
        else:
            yield from _served(service, device, spot)


def _served(service: Service, device: Device, spot: Spot) -> Iterator[Finding]:
    if DeployRole.WEB not in device.deploys:
        what = f"{service.name} is served by {device.name}, which does not have the deploy web"
        yield Finding("server-without-web", spot, what, f"add web to the deploys of {device.name}")
    if service.kind != "web-site" or service.host_name is None or service.tls_secret is None:
        what = f"{service.name} has a server and is not a whole web site"
        fix = "write `kind: web-site`, and give it a `host_name` and a `tls_secret`"
        yield Finding("half-a-web-site", spot, what, fix)


def is_public_key(text: str) -> bool:
    """`ssh-ed25519 BASE64` whose blob names its own kind (RFC 8709)."""
    kind, _, encoded = text.partition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind == "ssh-ed25519" and len(blob) == 51 and blob[4:15] == b"ssh-ed25519"
