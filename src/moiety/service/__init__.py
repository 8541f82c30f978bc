"""The service: operators sign in, ceremonies begin and complete, codes are revoked; no gallery anywhere."""
