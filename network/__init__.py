"""Routers and switches: intent to config, config tree, diff, platforms, sessions, topology."""
