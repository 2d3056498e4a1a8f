"""Checks a journal that `govnet journal export` wrote, with nothing but Python's standard library.

The files of HEADS hold heads that were kept elsewhere. With --key, the public half that you know to be the jump host's
or a person's, ssh-keygen checks their signatures too. Exit status: 0 whole, 5 not, 2 bad usage.

A digest is the SHA-256 of the RFC 8785 form of an entry without its digest. For these entries json.dumps writes that
form: they hold strings, whole numbers and null only; the names are ASCII, so that sorting by code point is sorting by
UTF-16 unit; and without ensure_ascii Python escapes what RFC 8785 escapes and as it does: quote, backslash, \\b \\t \\n
\\f \\r, and \\u00xx in lower case for the rest below U+0020. A line that is not in that form to the byte is no entry.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TEXTS, PERHAPS = ("at", "event", "detail", "previous", "digest"), ("plan", "step", "target", "outcome")


def canonical(thing):
    return json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def is_entry(line, entry):
    return (
        set(entry) == {"number", *TEXTS, *PERHAPS}
        and type(entry["number"]) is int
        and all(isinstance(entry[name], str) for name in TEXTS)
        and all(entry[name] is None or isinstance(entry[name], str) for name in PERHAPS)
        and all(DIGEST.fullmatch(entry[name]) for name in ("previous", "digest", "plan") if entry[name] is not None)
        and entry["outcome"] in (None, "confirmed", "reverted", "refused", "unknown")
        and canonical(entry) == line
    )


def chain_problems(lines, digests):
    """Fills digests, number to digest, on the way."""
    previous = "sha256:" + "0" * 64
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict) or not is_entry(line, entry):
            yield f"line {number} was edited: it is no entry"
            return
        if entry["number"] != number:
            yield f"entry {number} is missing or was moved: entry {entry['number']} stands in its place"
            return
        if entry["previous"] != previous:
            yield f"entry {number} does not follow the entry before it: one of the two was edited"
        digests[number] = previous = entry.pop("digest")
        if previous != "sha256:" + hashlib.sha256(canonical(entry)).hexdigest():
            yield f"entry {number} was edited: its digest does not match what it says"


def head_problem(line, digests, keys):
    try:
        kept = json.loads(line)
        head, signer = kept["head"], " ".join(kept["key"].split()[:2])
        found = digests.get(head["number"])
        if keys and (signer not in keys or not signed(canonical(head), signer, kept["signature"])):
            return "it is not signed by a key that you gave"
        if found is None:
            return f"the journal was cut off: entry {head['number']} was written and is gone"
        return "" if found == head["digest"] else f"entry {head['number']} is not the one that was written"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "it was edited: it is no head"


def signed(payload, key, signature):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "signers").write_text(f"signer {key}\n")
        Path(folder, "signature").write_text(signature)
        words = ["ssh-keygen", "-Y", "verify", "-n", "govnet-head-v1@govnet"]
        words += ["-f", "signers", "-I", "signer", "-s", "signature"]
        return subprocess.run(words, input=payload, capture_output=True, cwd=folder).returncode == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", metavar="EXPORT", type=Path)
    parser.add_argument("heads", metavar="HEADS", type=Path, nargs="*")
    parser.add_argument("--key", metavar="FILE", type=Path, action="append", default=[])
    given = parser.parse_args()
    keys, digests = {" ".join(file.read_text().split()[:2]) for file in given.key}, {}
    problems = list(chain_problems(given.export.read_bytes().splitlines(), digests))
    for file in given.heads:
        lines = file.read_bytes().splitlines()
        told = [(at, head_problem(line, digests, keys)) for at, line in enumerate(lines, start=1)]
        problems += [f"{file}, line {at}: {what}" for at, what in told if what]
        problems += [] if lines else [f"{file}: no head is kept there, so nothing was compared"]
    print("\n".join(problems) or f"whole: {len(digests)} entries; the last is {digests.get(len(digests), 'none')}")
    sys.exit(5 if problems else 0)
