"""Machines: Pulumi programs, our own resource provider, hypervisor backends. Comes with the second line."""
