"""The secret store of one jump host: an age file, its identity beside it, and the environment for what stands there.

Values are held sealed: nothing here prints one, and no frame of ours keeps one as a plain local when it raises.
The folder is 0700 and its files 0600, because the identity lies beside what it opens; the age format guards copies
and backups of `secrets.age`, not a root on this machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from inventory import durable
from inventory.model import Inventory, Secret
from inventory.problem import suggestion
from inventory.sealed import Sealed
from inventory.secret_values import generate, refusal, telling
from inventory.secrets import SecretMissing

SECRETS_FILE = "secrets.age"
IDENTITY_FILE = "identity.txt"
LOCK_FILE = "lock"
TAG_DIGITS = 16
TAG_KEY_OCTETS = 32


class SecretStoreError(Exception):
    """The store itself is missing, open to others, or not readable with its identity. One sentence, no secret."""


@dataclass(frozen=True)
class _Content:
    """What the age file holds."""

    tag_key: Sealed
    values: Mapping[str, Sealed] = field(repr=False)


class AgeStore:
    """Implements inventory.secrets.Secrets. Build it with `create` or `open`."""

    def __init__(self, folder: Path, inventory: Inventory, identity: Sealed, content: _Content) -> None:
        self._folder = folder
        self._declared: Mapping[str, Secret] = {secret.name: secret for secret in inventory.secrets}
        self._identity = identity
        self._content = content

    @classmethod
    def create(cls, folder: Path, inventory: Inventory, *names: str) -> AgeStore:
        """A new store in `folder` with a generated value for each of `names`, or for every age secret of the inventory.

        Raises SecretStoreError where a store already stands there, SecretMissing for a name that is not declared.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        identity = Sealed(str(pyrage.x25519.Identity.generate()))
        store = cls(folder, inventory, identity, _Content(Sealed(secrets.token_hex(TAG_KEY_OCTETS)), {}))
        chosen = names or tuple(secret.name for secret in inventory.secrets if secret.source == "age")
        values = {name: generate(store._age_secret(name).kind) for name in chosen}
        with _locked(folder):
            if (folder / SECRETS_FILE).exists():
                raise SecretStoreError(f"{folder} already holds a secret store: open it instead")
            durable.write(folder / IDENTITY_FILE, identity.open().encode("ascii") + b"\n", 0o600)
            store._keep(values)
        return store

    @classmethod
    def open(cls, folder: Path, inventory: Inventory) -> AgeStore:
        """The store in `folder`. Raises SecretStoreError where it is missing, too widely readable, or damaged."""
        _refuse_wide(folder)
        for name in (IDENTITY_FILE, SECRETS_FILE):
            _refuse_wide(folder / name)
        identity = Sealed((folder / IDENTITY_FILE).read_text(encoding="ascii").strip())
        return cls(folder, inventory, identity, _decrypt(folder, identity))

    def __repr__(self) -> str:
        return f"AgeStore({str(self._folder)!r}, {len(self._content.values)} values)"

    @property
    def names(self) -> tuple[str, ...]:
        """Of every secret that the inventory declares, in its order."""
        return tuple(self._declared)

    @property
    def missing(self) -> tuple[str, ...]:
        """The declared names that have no value yet, from either source."""
        return tuple(name for name, secret in self._declared.items() if self._find(secret) is None)

    def value(self, name: str) -> str:
        """The value. Raises SecretMissing."""
        return self._sealed(name).open()

    def tag(self, name: str) -> str:
        """`<name#tag>`. Raises SecretMissing."""
        return f"<{name}#{self._tag(self._sealed(name))}>"

    def redact(self, value: str) -> str:
        """`<name#tag>` of the secret with this value, by the inventory's order; `<unknown#tag>` where none has it."""
        wanted = self._tag(Sealed(value))
        for name, secret in self._declared.items():
            found = self._find(secret)
            if found is not None and hmac.compare_digest(self._tag(found), wanted):
                return f"<{name}#{wanted}>"
        return f"<unknown#{wanted}>"

    def holds(self, text: str) -> bool:
        """Whether the value of any declared secret stands in the text; of a key, any line that gives it away."""
        found = (self._find(secret) for secret in self._declared.values())
        return any(
            word in text
            for sealed in found
            if sealed is not None
            for word in (sealed.open().strip(), *telling(sealed.open()))
        )

    def set_value(self, name: str, value: str) -> None:
        """Keeps a value given by a person. Raises ValueError (one sentence, without the value) for an unfit one."""
        sealed = Sealed(value)
        del value
        wrong = refusal(self._age_secret(name).kind, sealed)
        if wrong is not None:
            raise ValueError(f"the value for the secret {name} {wrong}")
        with self._changing():
            self._keep({name: sealed})

    def rotate(self, name: str) -> None:
        """Replaces the value by a new random one; plans that carry the old tag become stale."""
        fresh = generate(self._age_secret(name).kind)
        with self._changing():
            self._keep({name: fresh})

    def fill(self) -> tuple[str, ...]:
        """Generates every age secret that has no value yet, and returns their names. What stands is left."""
        with self._changing():
            absent = tuple(name for name in self.missing if self._declared[name].source == "age")
            self._keep({name: generate(self._declared[name].kind) for name in absent})
        return absent

    def _secret(self, name: str) -> Secret:
        if name not in self._declared:
            raise SecretMissing(f"no secret {name} in the inventory: {suggestion(name, self._declared)}")
        return self._declared[name]

    def _age_secret(self, name: str) -> Secret:
        secret = self._secret(name)
        if secret.source != "age":
            raise SecretMissing(f"the secret {name} comes from the environment: set {environment_name(name)}")
        return secret

    def _sealed(self, name: str) -> Sealed:
        secret = self._secret(name)
        found = self._find(secret)
        if found is not None:
            return found
        ways = {"age": f"run `govnet secrets set {name}`", "environment": f"set {environment_name(name)}"}
        raise SecretMissing(f"the secret {name} has no value: {ways[secret.source]}")

    def _find(self, secret: Secret) -> Sealed | None:
        if secret.source == "age":
            return self._content.values.get(secret.name)
        name = environment_name(secret.name)
        return Sealed(os.environ[name]) if os.environ.get(name) else None

    def _tag(self, sealed: Sealed) -> str:
        key = Sealed(self._content.tag_key.open())
        return hmac.new(bytes.fromhex(key.open()), sealed.open().encode(), hashlib.sha256).hexdigest()[:TAG_DIGITS]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Holds the folder's lock and reads again what another process may have written since."""
        with _locked(self._folder):
            self._content = _decrypt(self._folder, self._identity)
            yield

    def _keep(self, values: Mapping[str, Sealed]) -> None:
        content = _Content(self._content.tag_key, {**self._content.values, **values})
        durable.write(self._folder / SECRETS_FILE, _encrypt(content, self._identity), 0o600)
        self._content = content


def environment_name(name: str) -> str:
    """The environment variable that holds the secret of this name, where its source is the environment."""
    return "GOVNET_SECRET_" + name.upper().replace("-", "_")


def _encrypt(content: _Content, identity: Sealed) -> bytes:
    recipient = pyrage.x25519.Identity.from_str(identity.open()).to_public()
    opened = {name: sealed.open() for name, sealed in content.values.items()}
    text = json.dumps({"version": 1, "tag_key": content.tag_key.open(), "values": opened}, sort_keys=True)
    encrypted: bytes = pyrage.encrypt(text.encode(), [recipient])
    return encrypted


def _decrypt(folder: Path, identity: Sealed) -> _Content:
    content = _decrypted(folder, identity)
    if content is None:
        raise SecretStoreError(f"{folder / SECRETS_FILE} does not open with {IDENTITY_FILE}: restore both of them")
    return content


def _decrypted(folder: Path, identity: Sealed) -> _Content | None:
    """None rather than an exception, whose traceback would hold what was half read."""
    try:
        key = pyrage.x25519.Identity.from_str(identity.open())
        document = json.loads(pyrage.decrypt((folder / SECRETS_FILE).read_bytes(), [key]))
        values = {name: Sealed(value) for name, value in document["values"].items()}
        return _Content(Sealed(document["tag_key"]), values)
    except (pyrage.IdentityError, pyrage.DecryptError, ValueError, KeyError, TypeError, AttributeError, OSError):
        return None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / LOCK_FILE).open("w") as lock:
        os.fchmod(lock.fileno(), 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refuse_wide(path: Path) -> None:
    if not path.exists():
        raise SecretStoreError(f"{path} is missing: run `govnet keys`")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        narrow = "700" if path.is_dir() else "600"
        raise SecretStoreError(f"{path} is open to others (mode {mode:o}): chmod {narrow} {path}")
