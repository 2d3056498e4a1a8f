"""What the inventory wants of one server, as plain data: all that the deploys read, whoever runs them.

Secrets stand in it by name. It is the same for our worker and for pyinfra's own command line.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from ipaddress import IPv4Address

from change.model import Record
from deploys import tls
from deploys.manifest import Manifest, ManifestSite
from deploys.mirror import signature
from inventory.model import Account, DeployRole, Device, Inventory, Service, SnmpUser
from inventory.sealed import Sealed
from inventory.secret_values import public_half
from inventory.secrets import Secrets

SITE_USER_LETTERS = 32
"""useradd(8): a login name has at most 32 characters."""
DIGEST_LETTERS = 8


class WebSite(Record):
    name: str
    """The service's."""
    title: str
    host_name: str
    user: str
    """The unix user that its files belong to."""
    certificate: str
    """PEM: its own certificate, then the authority's."""
    key_secret: str


class Mirror(Record):
    """Where a server has its packages from."""

    address: IPv4Address
    key: str
    """Armoured: who signs, and nobody else is believed."""
    serves: str | None
    """The digest of the repository that this server serves itself."""


class HostIntent(Record):
    name: str
    place: str
    """Where it stands, for SNMP's sysLocation."""
    domain: str
    timezone: str
    roles: tuple[DeployRole, ...]
    login_user: str
    login_key: str
    """The public half of govnet's own key, as in authorized_keys."""
    accounts: tuple[Account, ...]
    snmp: SnmpUser
    banner: str
    sites: tuple[WebSite, ...] = ()
    mirror: Mirror | None = None
    """None where no mirror was built: then the machine's own sources stay."""

    @property
    def manifest(self) -> Manifest:
        """What will be ours on the server."""
        return Manifest(
            accounts=tuple(account.name for account in self.accounts),
            sites=tuple(ManifestSite(name=site.name, user=site.user) for site in self.sites),
            roles=tuple(self.roles),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that stand in the server's files, each once."""
        names = (self.snmp.auth_secret, self.snmp.priv_secret, *(site.key_secret for site in self.sites))
        return tuple(dict.fromkeys(names))


def host_intent(
    inventory: Inventory, device: Device, secrets: Secrets, today: date, mirrored: str | None
) -> HostIntent:
    """`today` decides which certificates are in force (tls.py); `mirrored`: the digest of the mirror as built.

    Raises SecretMissing, ValueError (an unfit key, a mirror without a repository).
    """
    world = inventory.world
    site = inventory.site[device.site]
    served = [service for service in inventory.services if service.server == device.name]
    users = Counter(site_user(service.name) for service in served)
    if twice := [user for user, sites in users.items() if sites > 1]:
        raise ValueError(f"two of its web sites would have one user, {', '.join(twice)}: rename one")
    return HostIntent(
        name=device.name,
        place=f"{site.title.en}, {world.title.en}",
        domain=world.domain,
        timezone=world.timezone,
        roles=device.deploys,
        login_user=world.login.user,
        login_key=public_half(Sealed(secrets.value(world.login.key_secret))),
        accounts=tuple(sorted(inventory.accounts, key=lambda account: account.name)),
        snmp=world.snmp,
        banner=f"{world.banner.en}\n{world.banner.sw}\n",
        sites=tuple(_site(inventory, service, secrets, today) for service in served),
        mirror=_mirror(inventory, device, secrets, mirrored),
    )


def site_user(service: str) -> str:
    """Where the name is too long for a login, its digest tells it from others that begin alike."""
    whole = f"site-{service}"
    if len(whole) <= SITE_USER_LETTERS:
        return whole
    digest = hashlib.sha256(service.encode()).hexdigest()[:DIGEST_LETTERS]
    return f"{whole[: SITE_USER_LETTERS - DIGEST_LETTERS - 1]}-{digest}"


def _mirror(inventory: Inventory, device: Device, secrets: Secrets, mirrored: str | None) -> Mirror | None:
    hosting = inventory.world.hosting
    serves = DeployRole.MIRROR in device.deploys
    if mirrored is None and serves:
        raise ValueError("there is no repository that it could serve: run govnet mirror build")
    if mirrored is None or hosting is None:
        return None
    return Mirror(
        address=inventory.device[hosting.mirror].management_address,
        key=signature.public_half(Sealed(secrets.value(hosting.mirror_secret))),
        serves=mirrored if serves else None,
    )


def _site(inventory: Inventory, service: Service, secrets: Secrets, today: date) -> WebSite:
    hosting = inventory.world.hosting
    if hosting is None or service.host_name is None or service.tls_secret is None:
        raise ValueError(f"{service.name} is not a whole web site")  # the checker refuses such
    authority = tls.Authority(inventory.world.title.en, Sealed(secrets.value(hosting.ca_secret)))
    key = Sealed(secrets.value(service.tls_secret))
    return WebSite(
        name=service.name,
        title=service.title.en,
        host_name=service.host_name,
        user=site_user(service.name),
        certificate=tls.site_certificate(authority, service.host_name, key, today)
        + tls.authority_certificate(authority),
        key_secret=service.tls_secret,
    )
