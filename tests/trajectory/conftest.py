"""Hypothesis without its deadline: on a busy machine any single example may be slow."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
