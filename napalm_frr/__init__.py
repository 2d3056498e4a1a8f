"""So that `napalm.get_network_driver("frr")` finds the driver: NAPALM looks for a package of this name."""

from network.frr_driver import FRRDriver

__all__ = ["FRRDriver"]
