"""Machines of one Linux host: systemd-nspawn in control groups, over disks that are overlays of one image."""
