"""Rendered heads and attacks on them: for tests, practice and pipeline figures, never for an error rate.

A face picture is laid on a head of generic depth (`head`), moved as a challenge asks (`performance`), or
printed, shown on a screen or replayed (`attacks`), and seen by a camera (`camera`). The depth is there by
construction, so what is measured on it tests the pipeline and says nothing of people. No ceremony imports
this.
"""

from moiety.rendering.head import Head, render_turn

__all__ = ["Head", "render_turn"]
