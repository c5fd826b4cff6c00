"""What would have been found: detectors over recorded series and events, row by row, as it happened."""
