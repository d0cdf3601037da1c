"""Askwire: ask a PostgreSQL database in English. The command line and the local runner."""

__version__ = "0.1.0"
