"""Measures the figures that the README promises: ``make bench``."""
