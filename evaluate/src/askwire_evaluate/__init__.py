"""Askwire's evaluation: how many answers and charts are right, and how many wrong ones would be shown."""

__version__ = "0.1.0"
