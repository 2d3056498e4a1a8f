"""What runs on a server itself: standard library only, under Debian's python3."""
