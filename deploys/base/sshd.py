"""sshd: keys only, from root's folder alone; modern algorithms; one host key, made before the first boot."""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from deploys import here
from deploys.content import text
from deploys.roles import KEYS

PATH = "/etc/ssh/sshd_config.d/govnet.conf"
BANNER = "/etc/issue.net"
LINES = (
    "# Written by govnet: the next deploy puts back what is changed here.",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitEmptyPasswords no",
    "AuthenticationMethods publickey",
    f"AuthorizedKeysFile {KEYS}/%u",
    "HostKey /etc/ssh/ssh_host_ed25519_key",
    "KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org",
    "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr",
    "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256",
    "X11Forwarding no",
    "AllowAgentForwarding no",
    "AllowTcpForwarding no",
    "PermitTunnel no",
    "PermitUserEnvironment no",
    "MaxAuthTries 3",
    "LoginGraceTime 30",
    "ClientAliveInterval 60",
    "ClientAliveCountMax 3",
    "MaxStartups 100",
    "MaxSessions 100",
    f"Banner {BANNER}",
    "UseDNS no",
    "PrintMotd no",
    "LogLevel VERBOSE",
)


@deploy("sshd")
def sshd() -> None:
    here.put(BANNER, (here.intent().banner,))
    configured = here.put(PATH, text(*LINES))
    here.after("Reload sshd", [configured], "sshd -t", "systemctl reload ssh.service")
