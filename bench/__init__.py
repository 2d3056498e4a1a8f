"""The measurements, each beside its rival where one is at hand: `python -m bench` runs all of them."""
