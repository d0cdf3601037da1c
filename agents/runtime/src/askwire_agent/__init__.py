"""What every Askwire agent shares: serving, admission, worker processes, drain, health."""

__version__ = "0.1.0"
