"""The marks that a page's forms carry: each is a session's own, or that of a browser that nobody has signed in with."""

from fastapi import Request

from nlp_pipeline.apps.coder_tool.keys import Keys, new_token
from nlp_pipeline.apps.coder_tool.sessions import Person

VISITOR = "unitwise_visitor"


def csrf_token(request: Request) -> str:
    """Give the mark that forms of this session, or of this visitor, must carry."""
    person: Person | None = getattr(request.state, "person", None)
    keys: Keys = request.app.state.tool.store.keys
    if person and person.session:
        return keys.seal("form", person.session)
    return keys.seal("visitor", visitor_of(request))


def visitor_of(request: Request) -> str:
    """Give the mark of a browser that nobody has signed in with; a new one where it has none."""
    known = request.cookies.get(VISITOR) or getattr(request.state, "visitor", None)
    if not known:
        known = request.state.visitor = new_token()
    return known
