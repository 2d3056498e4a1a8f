"""The digital twin: the inventory as real machines on one host, and faults to throw at it."""
