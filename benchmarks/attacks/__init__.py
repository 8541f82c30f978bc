"""The attacks that take minutes: each module is one, and says of itself what it tries and what must hold."""
