"""The box itself: facts, environment, accounts, SNMP; from /proc (proc(5)), passwd(5) and snmpd.conf(5)."""

from __future__ import annotations

import re

from napalm.base import models

LOGIN_SHELLS_END = ("nologin", "false", "sync", "shutdown", "halt")
ADMINISTRATORS = ("sudo", "frrvty")
"""Groups whose members may change the router's configuration."""
FULL_LEVEL = 15
READ_LEVEL = 1

FACTS_SCRIPT = """
cat /proc/uptime
cat /proc/sys/kernel/hostname
hostname --fqdn 2>/dev/null || cat /proc/sys/kernel/hostname
cat /sys/class/dmi/id/product_name 2>/dev/null || uname -m
cat /sys/class/dmi/id/product_serial 2>/dev/null || cat /etc/machine-id
"""
USERS_SCRIPT = """
getent group | sed 's/^/group:/'
getent passwd | while IFS=: read -r name x uid gid gecos home shell; do
  echo "user:$name:$uid:$gid:$shell"
  [ -r "$home/.ssh/authorized_keys" ] && sed "s/^/key:$name:/" "$home/.ssh/authorized_keys"
done
true
"""
ENVIRONMENT_SCRIPT = """
cat /proc/stat; sleep 0.2; echo again; cat /proc/stat; cat /proc/meminfo
for file in /sys/class/hwmon/hwmon*/temp*_input /sys/class/hwmon/hwmon*/fan*_input; do
  [ -r "$file" ] && echo "sensor $file $(cat "$file") $(cat "${file%_input}_crit" 2>/dev/null)"
done
true
"""


def facts(said: str, version: str, interfaces: tuple[str, ...]) -> models.FactsDict:
    """`said` is what FACTS_SCRIPT prints, `version` what `show version` does. Uptime is the kernel's, in seconds."""
    uptime, hostname, fqdn, model, serial = [*said.splitlines(), "", "", "", "", ""][:5]
    found = re.match(r"FRRouting (\S+)", version)
    return {
        "uptime": float(uptime.split()[0]),
        "vendor": "FRRouting",
        "os_version": found[1] if found else "",
        "hostname": hostname,
        "fqdn": fqdn,
        "model": model,
        "serial_number": serial,
        "interface_list": list(interfaces),
    }


def users(said: str) -> dict[str, models.UsersDict]:
    """Accounts with a login shell. Level 15: root and members of sudo or frrvty; others 1. Passwords are never read."""
    administrators = {"root"}
    found: dict[str, models.UsersDict] = {}
    for line in said.splitlines():
        kind, _, rest = line.partition(":")
        words = rest.split(":")
        if kind == "group" and words[0] in ADMINISTRATORS:
            administrators.update(member for member in words[-1].split(",") if member)
        elif kind == "user" and not words[-1].endswith(LOGIN_SHELLS_END):
            level = FULL_LEVEL if words[0] in administrators else READ_LEVEL
            found[words[0]] = {"level": level, "password": "", "sshkeys": []}
        elif kind == "key" and words[0] in found:
            key = rest.partition(":")[2].strip()
            if key and not key.startswith("#"):
                found[words[0]]["sshkeys"].append(key)
    return found


def environment(said: str) -> models.EnvironmentDict:
    """CPU in per cent over the fifth of a second between both readings; memory in octets; °C. No power readings."""
    before, _, after = said.partition("again\n")
    first, second = _cpus(before), _cpus(after)
    memory = {name: int(kib) * 1024 for name, kib in re.findall(r"^(\w+): +(\d+) kB$", after, re.M)}
    fans: dict[str, models.FanDict] = {}
    temperature: dict[str, models.TemperatureDict] = {}
    for path, value, critical in re.findall(r"^sensor (\S+) (\d+) ?(\d*)$", after, re.M):
        name = "/".join(path.removesuffix("_input").split("/")[-2:])
        if "/fan" in path:
            fans[name] = {"status": int(value) > 0}
        else:
            hot = bool(critical) and int(value) >= int(critical)
            temperature[name] = {"temperature": int(value) / 1000, "is_alert": hot, "is_critical": hot}
    return {
        "fans": fans,
        "temperature": temperature,
        "power": {},
        "cpu": {number: {"%usage": _usage(first.get(number, (0, 0)), seen)} for number, seen in second.items()},
        "memory": {"available_ram": memory["MemTotal"], "used_ram": memory["MemTotal"] - memory["MemAvailable"]},
    }


def _cpus(stat: str) -> dict[int, tuple[int, int]]:
    """CPU number to its ticks, all and idle (idle and iowait)."""
    found = {}
    for number, ticks in re.findall(r"^cpu(\d+) (.*)$", stat, re.M):
        values = [int(value) for value in ticks.split()]
        found[int(number)] = (sum(values[:8]), values[3] + values[4])
    return found


def _usage(before: tuple[int, int], after: tuple[int, int]) -> float:
    total, idle = after[0] - before[0], after[1] - before[1]
    return round(100.0 * (total - idle) / total, 1) if total > 0 else 0.0


def snmp(config: str) -> models.SNMPDict:
    """Contact, location and communities of snmpd.conf; a box with SNMPv3 alone has no communities."""
    found: models.SNMPDict = {"chassis_id": "", "community": {}, "contact": "", "location": ""}
    for line in config.splitlines():
        words = line.split()
        if line.startswith("sysContact") and len(words) > 1:
            found["contact"] = line.split(None, 1)[1].strip()
        elif line.startswith("sysLocation") and len(words) > 1:
            found["location"] = line.split(None, 1)[1].strip()
        elif words and re.fullmatch(r"r[ow]community6?", words[0]) and len(words) > 1:
            mode = words[0][:2]
            found["community"][words[1]] = {"acl": words[2] if len(words) > 2 else "N/A", "mode": mode}
    return found
