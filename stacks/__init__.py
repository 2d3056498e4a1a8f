"""Machines: Pulumi programs, our own resource provider, hypervisor backends."""
