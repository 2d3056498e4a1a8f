"""The rules that a world must keep, one file a noun; inventory/check.py has the table."""
