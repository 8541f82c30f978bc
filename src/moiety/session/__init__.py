"""A ceremony between its begin and its end: a nonce, an expiry, one use, one person's one code."""

from moiety.session.ceremony import Begun as Begun
from moiety.session.ceremony import Ceremony as Ceremony
from moiety.session.ceremony import Kind as Kind
from moiety.session.ceremony import State as State
from moiety.session.ceremony import begin as begin
