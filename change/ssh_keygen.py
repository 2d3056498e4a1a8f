"""The one edge to OpenSSH's ssh-keygen: run without a shell, in an environment of ours, within a time limit.

Keys in files, in the agent and on hardware all work, because ssh-keygen does the work; and whatever it says was good,
any other OpenSSH can check.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROGRAM = "ssh-keygen"
LIMIT_S = 20
SIGN_LIMIT_S = 120
"""A person may have to type a passphrase or touch a hardware key."""
AGENT = "SSH_AUTH_SOCK"
PASSED_ON = ("HOME", "PATH", AGENT, "SSH_ASKPASS", "SSH_SK_PROVIDER", "DISPLAY", "TERM")
"""Of our environment, what ssh-keygen is given."""


class KeygenFailed(Exception):
    """It could not be run to its end, or made nothing; one sentence."""


def sign(content: bytes, key: Path, namespace: str, may_ask: bool) -> bytes:
    """The signature of the content by a private key, or by the agent's half of a public one.

    Where it may not ask, it has no terminal and no helper to ask with. Raises KeygenFailed.
    """
    asking: Mapping[str, str] = {} if may_ask else {"SSH_ASKPASS_REQUIRE": "never"}
    words = ("-Y", "sign", "-q", "-n", namespace, "-f", str(key))
    done = _run(words, content, SIGN_LIMIT_S, environment=asking, own_session=not may_ask)  # away from the terminal
    if done.returncode or not done.stdout:
        raise KeygenFailed(f"{PROGRAM} made no signature with {key}: {_said(done)}")
    return done.stdout


def verifies(content: bytes, signature: bytes, allowed: str, principal: str, namespace: str, *options: str) -> bool:
    """Whether it says, in so many words, that this principal of the allowed signers' one line signed the content.

    Its exit status alone is never believed. Raises KeygenFailed; OSError of a full or read-only disk.
    """
    with tempfile.TemporaryDirectory(prefix="govnet-") as folder:  # 0700
        signers, armour = Path(folder, "allowed_signers"), Path(folder, "signature")
        signers.write_text(allowed)
        armour.write_bytes(signature)
        about = ("-f", str(signers), "-I", principal, "-n", namespace, "-s", str(armour), *options)
        done = _run(("-Y", "verify", *about), content, LIMIT_S)
    return not done.returncode and done.stdout.startswith(
        f'Good "{namespace}" signature for {principal} with '.encode()
    )


def make(key: Path) -> None:
    """An ed25519 key without a passphrase or comment, 0600, and its public half beside it. Raises KeygenFailed."""
    done = _run(("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)), b"", LIMIT_S)
    if done.returncode:
        raise KeygenFailed(f"{PROGRAM} made no key: {_said(done)}")


def _run(
    words: tuple[str, ...],
    content: bytes,
    limit_s: int,
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    ours = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        return subprocess.run(
            (PROGRAM, *words),
            input=content,
            capture_output=True,
            timeout=limit_s,
            check=False,
            env={"LC_ALL": "C", **ours, **(environment or {})},
            start_new_session=own_session,
        )
    except subprocess.TimeoutExpired as problem:
        raise KeygenFailed(f"{PROGRAM} gave no answer within {limit_s} s") from problem
    except FileNotFoundError as problem:
        raise KeygenFailed(f"there is no {PROGRAM}: install openssh-client") from problem
    except OSError as problem:
        raise KeygenFailed(f"{PROGRAM} could not be run: {problem.strerror}") from problem


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (line.strip() for line in done.stderr.decode(errors="replace").split("\n"))
    return "; ".join(line for line in lines if line) or "it says nothing"
