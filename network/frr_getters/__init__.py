"""What NAPALM's getters return, made from what an FRRouting box prints: pure functions, one noun a file.

The shapes are NAPALM's own (napalm.base.models); units as its manual gives them.
"""
