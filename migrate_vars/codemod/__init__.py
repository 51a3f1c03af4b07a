"""Python source in, Python source and findings out."""
