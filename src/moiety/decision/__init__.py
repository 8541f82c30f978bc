"""From comparison scores to an explained decision: calibration, fusion, policy."""
