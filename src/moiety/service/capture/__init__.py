"""Live capture over one WebSocket: small frames in, one hint at a time out, full-size frames on request.

Read `conversation` first: it is the whole exchange of one connection. `scenes` looks at frames, `frames`
lets them in, `desk` is where a ceremony is opened and completed. Frames live in the memory of their
connection alone.
"""
