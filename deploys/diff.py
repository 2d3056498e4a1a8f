"""The diff that people read: each file with its context, each command in its order, and what they do to the box."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from change.model import Diff, DiffLine, Effect, PartDiff
from deploys.effects import Sign, of_command, of_line
from deploys.frozen import Copy, LiveFile, Operation, Prepared, Put, Reference, Run
from deploys.intent import HostIntent
from deploys.manifest import Manifest
from deploys.roles import deploys_of

CONTEXT_LINES = 3
COPIES = "files that are copied whole"
COMMANDS = "commands"
OURS = "what is ours"


def difference(found: Prepared, intent: HostIntent) -> Diff:
    """One part a file, then the commands, then what will be ours."""
    effects = {deploy.name: deploy.effects for deploy in deploys_of(intent, found.manifest)}
    login = intent.login_user
    parts = [file_part(one, found.live.get(one.path), effects[one.deploy], login) for one in puts(found.operations)]
    copies = tuple(copy_line(one, effects[one.deploy]) for one in found.operations if isinstance(one, Copy))
    parts += [PartDiff(part=COPIES, lines=copies)] * bool(copies)
    lines = tuple(command_line(one, effects[one.deploy], login) for one in found.operations if isinstance(one, Run))
    ours = tuple(manifest_lines(found.manifest, intent.manifest))
    more = [PartDiff(part=COMMANDS, lines=lines)] * bool(lines) + [PartDiff(part=OURS, lines=ours)] * bool(ours)
    return Diff(parts=(*parts, *more))


def puts(operations: tuple[Operation, ...]) -> Iterator[Put]:
    return (one for one in operations if isinstance(one, Put))


def file_part(put: Put, live: LiveFile | None, effects: frozenset[Effect], login: str) -> PartDiff:
    """Owner and mode as a line above the text, where they change."""

    def line(sign: Sign, text: str) -> DiffLine:
        return DiffLine(
            sign=sign, text=text, effects=tuple(sorted(effects.union(of_line(login, put.path, sign, text))))
        )

    lines: list[DiffLine] = []
    wanted = f"{put.owner}:{put.group} {put.mode:04o}"
    if live is None:
        lines.append(line("+", f"(new file, {wanted})"))
    elif (was := f"{live.owner}:{live.group} {live.mode:04o}") != wanted:
        lines += [line("-", f"({was})"), line("+", f"({wanted})")]
    old = live.lines if live is not None else ()
    new = "".join(piece.secret if isinstance(piece, Reference) else piece for piece in put.content).splitlines()
    for row in list(difflib.unified_diff(list(old), new, n=CONTEXT_LINES, lineterm=""))[2:]:
        sign, text = row[0], row[1:]
        if sign == "+":
            lines.append(line("+", text))
        elif sign == "-":
            lines.append(line("-", text))
        else:
            lines.append(DiffLine(sign=" ", text=row if sign == "@" else text))
    return PartDiff(part=put.path, lines=tuple(lines))


def copy_line(copy: Copy, effects: frozenset[Effect]) -> DiffLine:
    text = f"{copy.path}: {copy.octets} octets, sha256:{copy.sha256}"
    return DiffLine(sign="+", text=text, effects=tuple(sorted(effects)))


def command_line(run: Run, effects: frozenset[Effect], login: str) -> DiffLine:
    tags = tuple(sorted(effects.union(of_command(login, run.command))))
    return DiffLine(sign="+", text=f"{run.title}: {run.command}", effects=tags)


def manifest_lines(live: Manifest, wanted: Manifest) -> Iterator[DiffLine]:
    before, after = (
        [
            *(f"role {role}" for role in one.roles),
            *(f"account {name}" for name in one.accounts),
            *(f"site {site.name} ({site.user})" for site in one.sites),
        ]
        for one in (live, wanted)
    )
    yield from (DiffLine(sign="-", text=text) for text in before if text not in after)
    yield from (DiffLine(sign="+", text=text) for text in after if text not in before)
