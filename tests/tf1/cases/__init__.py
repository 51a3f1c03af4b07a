"""Programs that are run under TensorFlow 1.15 and under 2.x; see ``run_cases``."""
