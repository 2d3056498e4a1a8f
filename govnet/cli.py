"""The command line: which verbs there are, and what they take. What each does stands in verbs/, imported when run."""

from __future__ import annotations

import sys
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer
from typer.core import TyperGroup

from govnet.status import Status

if TYPE_CHECKING:
    from govnet.desk import Desk


def sayable(said: str | None) -> str | None:
    """What will be sealed, signed and read by others must be text."""
    try:
        (said or "").encode()
    except UnicodeEncodeError as problem:
        raise typer.BadParameter("it is no UTF-8: type it in a terminal that speaks UTF-8") from problem
    return said


World = Annotated[Path, typer.Option("--inventory", envvar="GOVNET_INVENTORY", help="The world: a folder of YAML.")]
State = Annotated[Path, typer.Option("--state", envvar="GOVNET_STATE", help="Secrets, journal, samples, reports.")]
AsJson = Annotated[bool, typer.Option("--json", help="One document on stdout; people's text on stderr.")]
Selector = Annotated[str, typer.Argument(help="all, a name, or key=value[,key=value]")]
PlanFile = Annotated[Path, typer.Argument(metavar="FILE", help="A sealed plan.")]
TrustFile = Annotated[Path, typer.Argument(metavar="FILE", help="A trust document, trust.yaml.")]

Lang: TypeAlias = Literal["en", "sw"]
OnFailure: TypeAlias = Literal["hold", "take-back"]

WORLD = Path("inventory/demo")
STATE = Path(".state")
ETC_APT = Path("/etc/apt")
INTERRUPTED = 130
"""What Typer returns after a KeyboardInterrupt, which it catches; a verb returns nothing."""


class ReportUnlessNamed(TyperGroup):
    """`govnet evidence [PLAN]` is `govnet evidence report [PLAN]`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # click's is hidden
        named = args[:1] and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["report", *args])


app = typer.Typer(
    name="govnet",
    help="One reviewed inventory, one sealed plan, devices that undo themselves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
lab = typer.Typer(help="The digital twin: the inventory as real machines on this host.", no_args_is_help=True)
secrets = typer.Typer(help="The secret store; values are read from standard input only.", no_args_is_help=True)
evidence = typer.Typer(cls=ReportUnlessNamed, help="What was changed, as a report; and whether one holds.")
mirror = typer.Typer(help="The package mirror of the data centres.", no_args_is_help=True)
trust = typer.Typer(help="The document of people, keys and policy that is pinned here.", no_args_is_help=True)
journal = typer.Typer(help="What was done, and proof that nobody edited it.")
app.add_typer(journal, name="journal")
app.add_typer(lab, name="lab")
app.add_typer(secrets, name="secrets")
app.add_typer(mirror, name="mirror")
app.add_typer(evidence, name="evidence")
app.add_typer(trust, name="trust")


def _desk(world: Path, state: Path, as_json: bool) -> Desk:
    from govnet.desk import Desk

    return Desk(world, state, as_json)


@app.command()
def check(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """The inventory, every problem at once."""
    from govnet.verbs.inventory import check as run

    run(_desk(inventory, state, as_json))


@app.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write the JSON Schemas.")],
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """JSON Schemas of the inventory's files, for editors."""
    from govnet.verbs.inventory import schema as run

    run(_desk(inventory, state, as_json), folder)


@app.command()
def allocate(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Give the next free addresses, prefixes and gateways to what has none; renumbers nothing."""
    from govnet.verbs.inventory import allocate as run

    run(_desk(inventory, state, as_json))


@app.command()
def keys(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Host keys and secrets where there are none yet; public halves into the world's known_hosts."""
    from govnet.verbs.keys import keys as run

    run(_desk(inventory, state, as_json))


@app.command()
def day0(
    device: Annotated[str, typer.Argument(help="A router or switch.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A new file, 0600; standard output without it.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """What a box of metal boots with first, as a tar with secrets in it, for `tar -xp -C /`."""
    from govnet.verbs.day0 import day0 as run

    run(_desk(inventory, state, as_json), device, out)


@app.command()
def latch() -> None:
    """The latch alone, as a tar: what a router with FRR needs for commits by the NAPALM driver."""
    from govnet.verbs.day0 import latch as run

    run()


@secrets.command("list")
def secrets_list(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Names, kinds, sources and tags; never a value."""
    from govnet.verbs.keys import secrets_list as run

    run(_desk(inventory, state, as_json))


@secrets.command("set")
def secrets_set(
    name: Annotated[str, typer.Argument()], inventory: World = WORLD, state: State = STATE, as_json: AsJson = False
) -> None:
    """Take a secret's value from standard input."""
    from govnet.verbs.keys import secrets_set as run

    run(_desk(inventory, state, as_json), name)


@secrets.command("rotate")
def secrets_rotate(
    name: Annotated[str, typer.Argument()], inventory: World = WORLD, state: State = STATE, as_json: AsJson = False
) -> None:
    """Make a new value; every plan that the old one is in becomes stale."""
    from govnet.verbs.keys import secrets_rotate as run

    run(_desk(inventory, state, as_json), name)


@app.command()
def plan(
    selector: Selector = "all",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to write the sealed plan.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who review it.", callback=sayable)] = "",
    author: Annotated[
        str, typer.Option("--as", help="Whose plan it is; the login name without it.", callback=sayable)
    ] = "",
    valid: Annotated[str | None, typer.Option("--valid", help="How long it may be applied, as 8h; 24h.")] = None,
    on_failure: Annotated[
        OnFailure | None,
        typer.Option("--on-failure", help="What becomes of confirmed waves; default: the world's."),
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Read live, diff, guards: a sealed plan. Exit status 10 where there are differences."""
    from govnet.verbs.change import Wish
    from govnet.verbs.change import plan as run

    run(_desk(inventory, state, as_json), selector, out, Wish(reason, author, valid, on_failure))


@app.command()
def drift(selector: Selector = "all", inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Live against intended; writes nothing. Exit status 10 where there are differences."""
    from govnet.verbs.change import drift as run

    run(_desk(inventory, state, as_json), selector)


@app.command()
def show(
    file: PlanFile,
    steps: Annotated[bool, typer.Option("--steps", help="Each step with its timers and relations.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Every line that changes.")] = False,
    risk: Annotated[bool, typer.Option("--risk", help="What is risky, and why.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A folder for HTML and PDF, in English and Swahili.")
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="The language on the terminal.")] = "en",
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """A plan, again, as its reviewers read it; all of it, the sections named, or as a report."""
    from govnet.verbs.show import report
    from govnet.verbs.show import show as run

    chosen = [name for name, wanted in (("steps", steps), ("risk", risk), ("diff", diff)) if wanted]
    desk = _desk(inventory, state, as_json)
    if out is None:
        run(desk, file, chosen, lang)
    else:
        report(desk, file, out)


@app.command()
def apply(file: PlanFile, inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Apply a sealed plan in waves; each target undoes itself unless all is well."""
    from govnet.verbs.change import apply as run

    run(_desk(inventory, state, as_json), file)


@app.command()
def approve(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sealed plans, or a trust document (.yaml).")],
    person: Annotated[str, typer.Option("--as", help="Who signs, as the trust document names them.", callback=sayable)],
    role: Annotated[
        str, typer.Option("--role", help="In which role; without it, in one that is needed.", callback=sayable)
    ] = "",
    key: Annotated[Path | None, typer.Option("--key", help="Private key, or public of the agent's.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words.", callback=sayable)] = "",
    rehearsal: Annotated[
        Path | None, typer.Option("--rehearsal", help="The rehearsal's evidence that you saw.")
    ] = None,
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="In place of the policy; two others review it afterwards.")
    ] = False,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Sign the statement of a plan, or of a new trust document; says what is still needed."""
    from govnet.verbs.approve import Signer
    from govnet.verbs.approve import approve as run

    run(_desk(inventory, state, as_json), files, Signer(person, role, key, reason, rehearsal, break_glass))


@app.command()
def review(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan's digest, or its file.")],
    person: Annotated[
        str, typer.Option("--as", help="Who reviewed it, as the trust document names them.", callback=sayable)
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="What you looked at, and what you found.", callback=sayable)
    ] = "",
    role: Annotated[str, typer.Option("--role", help="In which role; their first without it.", callback=sayable)] = "",
    key: Annotated[Path | None, typer.Option("--key", help="Private key, or public of the agent's.")] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Sign that you looked at what was done by break-glass; it is open until two others have."""
    from govnet.verbs.approve import Signer
    from govnet.verbs.review import review as run

    run(_desk(inventory, state, as_json), plan, Signer(person, role, key, reason))


@trust.command("init")
def trust_init(file: TrustFile, inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Pin the first trust document on this jump host; compare its digest with the one you were given."""
    from govnet.verbs.trust import init as run

    run(_desk(inventory, state, as_json), file)


@trust.command("change")
def trust_change(file: TrustFile, inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Pin the next trust document, where enough people of the one that holds have approved it."""
    from govnet.verbs.trust import change as run

    run(_desk(inventory, state, as_json), file)


@trust.command("show")
def trust_show(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """People, roles, keys, their time, and the policy, as they hold on this jump host."""
    from govnet.verbs.trust import show as run

    run(_desk(inventory, state, as_json))


@trust.command("history")
def trust_history(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Each trust document up to the one that holds and who signed it, judged again from what the journal keeps."""
    from govnet.verbs.trust import history as run

    run(_desk(inventory, state, as_json))


@trust.command("signers")
def trust_signers(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """The keys as OpenSSH's allowed_signers, so that anyone can check an approval with ssh-keygen."""
    from govnet.verbs.trust import signers as run

    run(_desk(inventory, state, as_json))


@app.command()
def resume(
    give_up: Annotated[
        str | None,
        typer.Option("--give-up", metavar="DIGEST", help="Close this paused plan: what it has not begun is refused."),
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """After any interruption: end every open step."""
    from govnet.verbs.change import resume as run

    run(_desk(inventory, state, as_json), give_up)


@journal.callback(invoke_without_command=True)
def journal_entries(
    context: typer.Context,
    verify: Annotated[bool, typer.Option("--verify", help="Prove that nobody edited it.")] = False,
    heads: Annotated[
        list[str] | None, typer.Option("--heads", help="With --verify: signed heads, in a file or a git repository.")
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="DIGEST", help="The entries of this plan alone.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """What was done; with --verify, proof that nobody edited it."""
    from govnet.verbs.journal import journal as show_journal
    from govnet.verbs.journal import verify as prove

    if context.invoked_subcommand is not None:
        _nothing_before(context)
        return
    if heads and not verify:
        raise typer.BadParameter("it goes with --verify", param_hint="--heads")
    desk = _desk(inventory, state, as_json)
    if verify:
        prove(desk, heads or [])
    else:
        show_journal(desk, plan)


def _nothing_before(context: typer.Context) -> None:
    """Options of a group that stand before one of its verbs would go unheard."""
    for name in context.params:
        if str(context.get_parameter_source(name)).endswith("COMMANDLINE"):
            raise typer.BadParameter(f"options stand after `{context.invoked_subcommand}`")


@journal.command("head")
def journal_head(
    out: Annotated[str, typer.Option("-o", "--out", help="A file that grows, or a git repository.")],
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who signs; else the jump host.", callback=sayable)
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="That person's key, or its public half for an agent.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Sign the journal's head and keep it elsewhere, so that a cut shows too."""
    from govnet.verbs.journal import head as run

    run(_desk(inventory, state, as_json), out, person, key)


@journal.command("export")
def journal_export(
    out: Annotated[Path, typer.Option("-o", "--out", help="JSON lines, an entry each.")],
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """The journal for tools/verify_journal.py, which needs nothing but Python."""
    from govnet.verbs.journal import export as run

    run(_desk(inventory, state, as_json), out)


@evidence.command("report")
def evidence_report(
    plan_digest: Annotated[
        str | None, typer.Argument(metavar="[PLAN]", help="A plan's digest; all without it.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """The change evidence report, from the journal; `govnet evidence` alone means this."""
    from govnet.verbs.evidence import report as run

    run(_desk(inventory, state, as_json), plan_digest)


@evidence.command("verify")
def evidence_verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The .json that stands beside a report.")],
    head: Annotated[
        list[str] | None, typer.Option("--head", metavar="NUMBER:DIGEST", help="A head of the journal that you kept.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Check a change evidence report from its document alone; needs no journal and no inventory."""
    from govnet.verbs.evidence import verify as run

    run(_desk(inventory, state, as_json), file, head or ())


@app.command()
def poll(
    duration: Annotated[
        str | None, typer.Option("--for", help="How long, as 60s, 5m or 2h; until stopped without it.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Measure what is up."""
    from govnet.verbs.monitor import poll as run

    run(_desk(inventory, state, as_json), duration)


@app.command()
def status(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """What is up now, and which changes are open."""
    from govnet.verbs.monitor import status as run

    run(_desk(inventory, state, as_json))


@app.command()
def uptime(
    month: Annotated[str, typer.Option("--month", help="YYYY-MM, in the country's time zone.")],
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """The uptime report of a month."""
    from govnet.verbs.report import uptime as run

    run(_desk(inventory, state, as_json), month)


@app.command()
def topology(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """The topology report: intended links beside those seen, and single points of failure."""
    from govnet.verbs.report import topology as run

    run(_desk(inventory, state, as_json))


@app.command(context_settings={"ignore_unknown_options": True})
def stack(
    words: Annotated[list[str], typer.Argument(help="`pulumi` and its arguments, after `--`.")],
    site: Annotated[
        str | None, typer.Option("--site", help="Whose machines; needed where several sites have some.")
    ] = None,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """The real Pulumi engine by hand, on a site's stack: to look at it. What would act is refused."""
    from govnet.verbs.stack import stack as run

    run(_desk(inventory, state, as_json), site, words)


@mirror.command("build")
def mirror_build(
    image: Annotated[
        Path | None, typer.Option("--image", help="The servers' machine image; today's without it.")
    ] = None,
    sources: Annotated[Path, typer.Option("--sources", help="Names the archives, as apt reads it.")] = ETC_APT,
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Fetch the packages that the deploys name, and sign a dated repository of them with our own key."""
    from govnet.verbs.mirror import build as run

    run(_desk(inventory, state, as_json), image, sources)


@lab.command("up")
def lab_up(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Boot every device of the inventory, with day-0 only."""
    from govnet.verbs.lab import up as run

    run(_desk(inventory, state, as_json))


@lab.command("down")
def lab_down(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Stop all of it; nothing stays."""
    from govnet.verbs.lab import down as run

    run(_desk(inventory, state, as_json))


@lab.command("status")
def lab_status(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """Which machines run."""
    from govnet.verbs.lab import status as run

    run(_desk(inventory, state, as_json))


@lab.command("exec", context_settings={"ignore_unknown_options": True})
def lab_exec(
    node: Annotated[str, typer.Argument()],
    command: Annotated[list[str], typer.Argument(metavar="-- CMD")],
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Run a command inside a machine, the jump host or an institution."""
    from govnet.verbs.lab import execute as run

    run(_desk(inventory, state, as_json), node, command)


@lab.command("fault")
def lab_fault(
    kind: Annotated[
        str, typer.Argument(help="link-down, link-up, kill, freeze, thaw, reboot, power-cut, power-off, power-on")
    ],
    subject: Annotated[str, typer.Argument(help="A link, or a device (kill: DEVICE:DAEMON).")],
    inventory: World = WORLD,
    state: State = STATE,
    as_json: AsJson = False,
) -> None:
    """Throw a fault at the twin."""
    from govnet.verbs.lab import fault as run

    run(_desk(inventory, state, as_json), kind, subject)


@lab.command("doctor")
def lab_doctor(inventory: World = WORLD, state: State = STATE, as_json: AsJson = False) -> None:
    """What this kernel has, what stands in for what it lacks, and what is therefore not proved."""
    from govnet.verbs.lab import doctor as run

    run(_desk(inventory, state, as_json))


def main() -> None:
    """The program. Ends in one of the exit statuses; a person never sees a traceback."""
    from govnet.endings import document, ending, tell
    from govnet.streams import hold_standard_streams, let_go

    hold_standard_streams()
    status = Status.DONE
    try:
        if app(standalone_mode=False) == INTERRUPTED:
            raise KeyboardInterrupt
    except SystemExit:
        raise
    except BaseException as problem:  # noqa: BLE001  # the one place where every end becomes a status and a sentence
        end = ending(problem)
        status = end.status
        tell(end)
        if "--json" in takewhile(lambda word: word != "--", sys.argv[1:]):  # also where the words make no sense
            document(end)
    let_go(sys.stdout)
    let_go(sys.stderr)
    sys.exit(status)
