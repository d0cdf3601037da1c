"""Peers of protocol 1.0, written from the requirement page alone. They are frozen: they use nothing of ours."""
