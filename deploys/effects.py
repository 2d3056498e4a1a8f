"""What a line of a server's file, or a command on it, does: two tables of patterns, whichever deploy they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from change.installation import LIBRARY, PROGRAM
from change.model import Effect
from deploys.mirror.client import KEY, PINNED, SOURCES
from deploys.roles import KEYS

Sign = Literal["+", "-"]

ANY = r""
FILES: tuple[tuple[str, str, str, Effect], ...] = (
    # what lets us in: our key, what sshd says of it, what may become root
    (rf"{KEYS}/{{login}}$|/root/\.ssh/", "-+", ANY, Effect.OWN_ACCESS),
    (
        r"/etc/ssh/",
        "-+",
        r"\s*(Allow|Deny)(Users|Groups)|\s*(PermitRootLogin|Pubkey\w+|AuthenticationMethods|AuthorizedKeys\w+|HostKey"
        r"|ListenAddress|Port|Match|UsePAM)\b",
        Effect.OWN_ACCESS,
    ),
    (r"/etc/sudoers", "-+", r"(.*\W)?{login}\b|\s*Defaults\b", Effect.OWN_ACCESS),
    (rf"{PROGRAM}|{LIBRARY}/", "-+", ANY, Effect.OWN_ACCESS),
    # who may be what
    (r"/etc/sudoers|/etc/(passwd|shadow|group|gshadow)$", "-+", ANY, Effect.ACCOUNT_CHANGED),
    (
        r"/etc/snmp/",
        "-+",
        r"\s*(createUser|usmUser|rouser|rwuser|rocommunity6?|rwcommunity6?|com2sec6?|group|access|view)\b",
        Effect.ACCOUNT_CHANGED,
    ),
    (r"/etc/snmp/", "-+", r"\s*createUser\b", Effect.AUTHENTICATION_CHANGED),
    (r"/etc/(ssh|pam\.d)/", "-+", ANY, Effect.AUTHENTICATION_CHANGED),
    # whose packages are believed
    (rf"{KEY}$", "-+", ANY, Effect.AUTHENTICATION_CHANGED),
    (
        rf"{SOURCES}$|{PINNED}$|/etc/apt/",
        "-+",
        r".*(Signed-By|Trusted|Allow(Unauth|Insecure|Weak|Downgrade)|Check-Valid)",
        Effect.AUTHENTICATION_CHANGED,
    ),
    # what keeps others out
    (r"/etc/(nftables|iptables|ufw|hosts\.(allow|deny))", "-+", ANY, Effect.FILTER_LOOSENED),
    (
        r"/etc/nginx/",
        "-",
        r"\s*(allow|deny|satisfy|auth_\w+|ssl_verify_client|ssl_client_certificate|ssl_protocols|ssl_reject_handshake"
        r"|limit_\w+|internal)\b",
        Effect.FILTER_LOOSENED,
    ),
    (
        r"/etc/nginx/",
        "+",
        r"\s*(allow\b|satisfy any|auth_basic off|auth_request off|ssl_verify_client (off|optional)|autoindex on)",
        Effect.FILTER_LOOSENED,
    ),
    # who and where the box is
    (r"/etc/(hostname|hosts)$", "-+", ANY, Effect.IDENTITY_CHANGED),
    (r"/etc/network/", "-+", ANY, Effect.MANAGEMENT_PATH),
)
"""Path, signs, text, and what a line of these does. Patterns match from the beginning; `{login}` is our own user."""

COMMANDS: tuple[tuple[str, Effect], ...] = (
    (r"\bapt-get\b.*\b(install|upgrade|remove|purge)\b", Effect.CANNOT_BE_UNDONE),
    (r"\brm\s+(-\w+\s+)*-\w*r", Effect.DATA_DELETED),
    (r"\b(mkfs(\.\w+)?|wipefs|shred|blkdiscard|dropdb|lvremove|vgremove)\b", Effect.DATA_DELETED),
    (r"\bdd\b.*\bof=|\bfind\b.*-delete\b|(?i:\bdrop\s+(database|table|schema)\b)", Effect.DATA_DELETED),
    (r"\buserdel\b.*\s(-r|--remove)\b", Effect.DATA_DELETED),
    (r"\b(useradd|usermod|userdel|groupadd|groupmod|groupdel|gpasswd|chpasswd|passwd|chage)\b", Effect.ACCOUNT_CHANGED),
    (r"\b(usermod|userdel|passwd|chage|gpasswd)\b.*\b{login}\b", Effect.OWN_ACCESS),
    (rf"\b(rm|mv|chmod|chown|sed|truncate)\b.*({KEYS}/{{login}}\b|/root/\.ssh|{PROGRAM}|{LIBRARY})", Effect.OWN_ACCESS),
    (r"\bsystemctl\b.*\b(stop|disable|mask)\b.*\bssh", Effect.OWN_ACCESS),
    (r"\b(nft|iptables|ip6tables|ufw)\b", Effect.FILTER_LOOSENED),
)
"""What a command does that a pattern is found in."""


def of_line(login: str, path: str, sign: Sign, text: str) -> Iterator[Effect]:
    for where, signs, what, effect in FILES:
        if sign in signs and _match(where, login, path) and _match(what, login, text):
            yield effect


def of_command(login: str, command: str) -> Iterator[Effect]:
    for what, effect in COMMANDS:
        if re.search(_for(what, login), command, re.DOTALL):
            yield effect


def _match(pattern: str, login: str, text: str) -> bool:
    return re.match(_for(pattern, login), text) is not None


def _for(pattern: str, login: str) -> str:
    return pattern.replace("{login}", re.escape(login))
