"""The package mirror: a closed set of Debian packages, fetched, signed and dated by us, that a data centre serves."""
