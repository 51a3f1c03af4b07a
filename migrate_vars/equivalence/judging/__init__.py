"""From runs to verdicts; runs programs again where a verdict needs it."""
