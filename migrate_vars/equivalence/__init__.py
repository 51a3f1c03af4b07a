"""Runs programs under the recorder and says whether they train alike."""
