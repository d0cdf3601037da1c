"""The Askwire Data agent: guarded, read-only SQL and the catalog."""

__version__ = "0.1.0"
