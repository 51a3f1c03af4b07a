"""What all rungs share: ignore comments, findings, and the way from bytes to bytes."""
