"""govnet-latch: a change that the box undoes by itself unless somebody confirms it in time.

    govnet-latch VERB      one JSON request on standard input, one JSON answer on standard output

    arm       keep the pre-image, start the timer; changes nothing else      read      the live text of named parts
    try       put the wanted parts in force, read them back                  inspect   where a step stands, at once
    confirm   make it stay                                                   recover   end what must end (timer, boot)
    revert    the pre-image, now

Exit status: 0 done; 3 refused, nothing changed; 4 failed and reverted; 5 broken, a person must look; anything else: ask
`inspect`. The wire format, the states and who wins are in docs/adr/0003-latch-and-part-handlers.md.

What a part is, only its handler knows: /usr/local/lib/govnet/parts/KIND VERB, the part as JSON on standard input.

    look      print JSON: text (what is live), wanted (the wanted text in that form), facts (what else must come back)
    try       put the text in force without touching the start-up file
    check     the text is in force beyond its letters (status 0)
    revert    back to the pre-image; may be called again, and after a try that never began
    settle    every part was reverted: wait for, or put back, what depends on another part
    release   the candidate is about to become the start-up file: let go of it

How it stays whole. The record is one file, replaced by rename after fsync: the only moment at which a state changes.
Whatever is written before it is not believed; whatever must follow it is finished by the next `recover`. The candidate
of a start-up file lies beside it from the arm on, so that nothing that can fail is left after the confirm but a rename.
One lock covers every verb that writes, and handlers hold it too: a killed try keeps it until its last handler ends.

Standard library only, Python 3.11. No text of a part ever reaches an argument, a log, or an answer other than `read`'s.
"""

from __future__ import annotations

import json
import os
from typing import NoReturn

from change.latch.box import Box
from change.latch.wire import BROKEN, REFUSED, Broken, Refused

DETACHED = frozenset({"try", "confirm", "revert"})


def main(argv: list[str], box: Box) -> int:
    """Read the request, do the verb, print the answer; returns the exit status."""
    verb = argv[1] if len(argv) == 2 else ""
    try:
        if verb in DETACHED:
            detach(box, verb)
        from change.latch.verbs import VERBS, usage  # here: the caller of a unit starts without them

        status, answer = VERBS.get(verb.removeprefix("unit-"), usage)(box)
    except Refused as problem:
        status, answer = REFUSED, {"error": str(problem)}
    except (Broken, OSError) as problem:
        status, answer = BROKEN, {"error": str(problem)}
    print(json.dumps(answer))
    return status


def detach(box: Box, verb: str) -> NoReturn:
    """Become the caller of a unit that does the verb: a lost session ends the caller, and the unit goes on."""
    run = (*box.systemd_run, "--pipe", "--wait", f"--unit=govnet-latch-{verb}-{os.getpid()}", "--")
    command = (*run, *box.program, f"unit-{verb}")
    os.execvp(command[0], command)
