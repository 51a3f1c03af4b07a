"""The tutorial's reader of MNIST."""
