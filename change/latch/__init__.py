"""The latch: what stands on a box and undoes a change that nobody confirms. Standard library only, Python 3.11."""
