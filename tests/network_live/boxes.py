"""A router or switch of a twin, changed through its latch as its target would, with a shell that needs no network."""

from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import dataclass

from change.latch_client import text_digest
from inventory.model import Device, Inventory
from inventory.secrets import Secrets
from lab import twin
from lab.twin import Twin
from network import payload, redact
from network.config import PARTS_OF, Config, Part, PartName
from network.latch_parts import latch_part
from network.normal import normal

PLAN = "sha256:" + "0" * 64
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Answer:
    status: int
    document: dict[str, object]


@dataclass(frozen=True)
class LiveBox:
    twin: Twin
    inventory: Inventory
    secrets: Secrets
    device: Device

    @property
    def parts(self) -> tuple[PartName, ...]:
        return PARTS_OF[self.device.platform]

    def sh(self, script: str) -> str:
        line = twin.command(self.twin, self.device.name, ["sh", "-c", script])
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True).stdout

    def latch(self, verb: str, request: object) -> Answer:
        line = twin.command(self.twin, self.device.name, ["/usr/local/sbin/govnet-latch", verb])
        done = subprocess.run(line, input=json.dumps(request), capture_output=True, text=True, timeout=180, check=False)
        return Answer(done.returncode, json.loads(done.stdout) if done.stdout else {"error": done.stderr})

    def texts(self) -> dict[str, str]:
        asked = [latch_part(name).model_dump(include={"name", "kind", "path"}) for name in self.parts]
        parts = self.latch("read", {"parts": asked}).document["parts"]
        assert isinstance(parts, dict)
        return parts

    def config(self) -> Config:
        """What a target would read: secrets as references."""
        texts = self.texts()
        parts = (
            Part(name=name, text=normal(name, redact.redact(name, texts[name], self.secrets))) for name in self.parts
        )
        return Config(device=self.device.name, platform=self.device.platform, parts=tuple(parts))

    def tried(self, wanted: Config, timer_s: float = 100.0) -> tuple[str, Answer]:
        """Arm and try what leads from the live configuration to this one; the step's name and the try's answer."""
        step = f"step-{next(NUMBERS)}"
        texts = self.texts()
        sent = payload.payload(self.config(), wanted).parts
        parts = []
        for name, part in sent.items():
            lines = tuple(redact.reveal(name, line, self.secrets) for line in part.commands)
            text = redact.reveal(name, part.text, self.secrets)
            parts.append(latch_part(name, text, lines).model_dump())
        base = {name: text_digest(texts[name]) for name in sent}
        request = {"step": step, "plan": PLAN, "timer_s": timer_s, "parts": parts, "base": base}
        armed = self.latch("arm", request)
        assert armed.status == 0, armed
        return step, self.latch("try", {"step": step})

    def led(self, wanted: Config) -> None:
        """Applied and confirmed, and it reads as wanted; nothing is done where it does already."""
        if self.config() == wanted:
            return
        step, answer = self.tried(wanted)
        assert answer.status == 0, answer
        assert self.latch("confirm", {"step": step}).document == {"state": "confirmed"}
        assert self.config() == wanted

    def facts(self) -> list[str]:
        """Every address that is not link-local, and every interface of the kernel."""
        links = self.sh("ip -json link show")
        addresses = self.sh("ip -oneline address show scope global | awk '{print $2, $4}'").splitlines()
        return sorted([*addresses, *(row["ifname"] for row in json.loads(links))])

    def waited_for(self, script: str, limit_s: float = 15.0) -> None:
        """Until the script ends with status 0."""
        self.sh(f"timeout {limit_s} sh -c '{script}; until [ $? = 0 ]; do sleep 0.1; {script}; done'")
