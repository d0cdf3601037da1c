"""Acceptance questions: what is asked of each database, what a right answer shows, how answers are judged."""
