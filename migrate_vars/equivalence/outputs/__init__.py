"""Compares what programs give besides what they train: what they print, summarise and fetch."""
