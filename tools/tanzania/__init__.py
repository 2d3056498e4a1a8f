"""Writes inventory/tanzania: the country as data, at its real size."""
