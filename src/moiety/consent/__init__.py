"""Consent: the record without which nothing is captured, and its receipt."""

from moiety.consent.record import Consent

__all__ = ["Consent"]
