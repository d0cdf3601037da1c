"""The local runner: resources as processes on this machine."""
