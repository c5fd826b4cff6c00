"""Find and mask personal data and secrets in text. Pure; used by the leak detector, the scanner and the intake."""

from detectors.scan.engine import Finding, Scanner, mask, mask_private, scan

__all__ = ["Finding", "Scanner", "mask", "mask_private", "scan"]
