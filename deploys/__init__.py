"""Servers: one pyinfra deploy per file, roles, the plan and apply of hosts."""
