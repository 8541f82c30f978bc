"""Consent in the service: asked for, recorded, handed out as a receipt, withdrawn; each a plain function."""
