"""`govnet stack [--site SITE] -- pulumi ARGS`: the real engine by hand, on the same stack, for those who know Pulumi.

The program is served inline, as in a plan. It may look as much as it likes (preview, refresh, stack, state, history,
cancel); what would act is refused by our provider, because no approved plan has it: changes go through govnet plan.
With the official installation, which brings Pulumi's Python language host, `pulumi import`, and `pulumi preview` in
stacks/, would work too: that is not proved here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager

import grpc  # type: ignore[import-untyped]  # it has no types
from pulumi.automation._server import LanguageServer  # the Automation API's own, without its choice of verbs
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

from stacks.program import program
from stacks.resources import Estate
from stacks.target import StackTarget
from stacks.workspace import no_birth, refuse_note

WITH_PROGRAM = frozenset({"preview", "pre", "up", "update"})
COMMAND_S = 120.0


def pulumi(target: StackTarget, arguments: Sequence[str]) -> int:
    """Run the engine on our terminal; its exit status. Raises EngineMissing and TargetError before it starts."""
    workspace = target.workspace
    verb = next((word for word in arguments if not word.startswith("-")), "")
    with (
        target.at_work(),
        workspace.serving((), refuse_note, no_birth),
        workspace.opened(COMMAND_S) as (stack, engine),
    ):
        work = stack.workspace.work_dir
        if verb not in WITH_PROGRAM:
            return engine.by_hand(arguments, work)
        with served(target.intended()) as address:
            return engine.by_hand([*arguments, f"--client={address}", "--exec-kind", "auto.inline"], work)


@contextmanager
def served(made: Estate) -> Iterator[str]:
    """The inline program, for an engine that is told this address."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program(made)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)
