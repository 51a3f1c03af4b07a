"""Verdicts in words: text, JSON, JUnit XML, and an HTML page."""
