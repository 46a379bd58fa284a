"""Size and power of the tests on real returns; see `size_power.py` beside this folder."""
