"""One module per detector kind; ``detectors.registry`` lists them."""
