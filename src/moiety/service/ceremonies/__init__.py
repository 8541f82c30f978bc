"""The ceremonies as plain functions, begin and complete: what routes and the capture WebSocket both call."""
