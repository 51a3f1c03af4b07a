"""Tests of migrate_vars/survey."""
