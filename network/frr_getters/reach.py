"""What ping(8) of iputils and traceroute(8) say."""

from __future__ import annotations

import re

from napalm.base import models

from network.screen import rows

PROBE = re.compile(r"\*|([\d.]+) ms(?: ![A-Z<>\d]*)?|([0-9a-fA-F:.]+(?:%\S+)?)")


def pinged(text: str, sent: int) -> models.PingResultDict:
    """Milliseconds. No reply at all is a success with every packet lost; `error` where nothing could be sent."""
    found = rows("ping", text)
    totals = next((row for row in reversed(found) if row["SENT"]), None)
    if totals is None:
        return {"error": last_line(text)}
    replies = [row for row in found if row["RTT_MS"]]
    return {
        "success": {
            "probes_sent": sent,
            "packet_loss": sent - int(totals["RECEIVED"]),
            "rtt_min": float(totals["MIN_MS"] or 0),
            "rtt_max": float(totals["MAX_MS"] or 0),
            "rtt_avg": float(totals["AVG_MS"] or 0),
            "rtt_stddev": float(totals["MDEV_MS"] or 0),
            "results": [{"ip_address": row["FROM"], "rtt": float(row["RTT_MS"])} for row in replies],
        }
    }


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def traced(text: str) -> models.TracerouteResultDict:
    """By hop and probe, from 1; a probe without an answer has no address and 0.0 ms."""
    found = rows("traceroute", text)
    if not found:
        return {"error": last_line(text)}
    return {"success": {int(row["HOP"]): {"probes": _probes(row["PROBES"])} for row in found}}


def _probes(text: str) -> dict[int, models.TracerouteDict]:
    probes: dict[int, models.TracerouteDict] = {}
    address = ""
    for match in PROBE.finditer(text):
        if match[2]:
            address = match[2]
            continue
        answered = match[1] is not None
        probes[len(probes) + 1] = {
            "rtt": float(match[1]) if answered else 0.0,
            "ip_address": address if answered else "",
            "host_name": address if answered else "",
        }
    return probes
