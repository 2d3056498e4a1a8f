"""The Pulumi engine: where it is on this machine. go.mod and go.sum beside this file pin the one that we build."""

from stacks.engine.engine import Engine, EngineMissing, find

__all__ = ["Engine", "EngineMissing", "find"]
