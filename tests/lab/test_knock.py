"""Who answers on the loopback: asked side by side, again and again, and named where silent."""

from __future__ import annotations

import socket

import pytest

from lab import knock


def test_those_that_never_answer_are_named_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
        monkeypatch.setattr(knock, "SSH_PORT", port)
        with socket.create_server(("127.0.0.3", port)):
            assert knock.silent(["127.0.0.1", "127.0.0.3"], 5) == []
            assert knock.silent(["127.0.0.1", "127.0.0.2", "127.0.0.3"], 0.5) == ["127.0.0.2"]


def test_one_that_is_silent_at_first_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers(address: str) -> bool:
        asked.append(address)
        return address != "late" or asked.count("late") > 2

    monkeypatch.setattr(knock, "answers", answers)
    assert knock.silent(["early", "late"], 5) == []
    assert sorted(asked) == ["early", "late", "late", "late"]
