"""Signing in with a provider that runs on the loopback and does what a test tells it."""

import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from nlp_pipeline.apps.coder_tool.openid import OpenIdSettings
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.errors import ServeRefused
from tests.apps.coder_tool.conftest import AS_A_BROWSER, browser_of, new_person

KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
TO_PAGE = {"accept": "text/html"}


@dataclass
class Fake:
    """The provider: what it says of the person, with which key it signs, and what it was asked."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    asked: dict[str, list[str]] = field(default_factory=dict)
    issuer: str = ""

    def id_token(self, nonce):
        now = int(time.time())
        told = {"iss": self.address, "aud": "unitwise", "sub": "s-1", "iat": now, "exp": now + 300, "nonce": nonce}
        told |= {"preferred_username": "ann", "groups": ["coders"]} | self.claims
        return jwt.encode({"alg": self.algorithm, "kid": "k1"}, told, self.key, algorithms=[self.algorithm])


class Handler(BaseHTTPRequestHandler):
    fake: Fake

    def log_message(self, *_):
        pass

    def answer(self, told, status=200):
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        place = self.fake.address
        if self.path == "/keys":
            return self.answer({"keys": [KEY.as_dict(private=False)]})
        told = {"issuer": self.fake.issuer or place, "jwks_uri": f"{place}/keys", "token_endpoint": f"{place}/token"}
        return self.answer(told | {"authorization_endpoint": f"{place}/authorize"})

    def do_POST(self):
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        challenge = urlsafe_b64encode(sha256(given["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        known = b64decode(self.headers["Authorization"].split()[1]) == b"unitwise:secret"
        if not known or given["code"] != ["the-code"] or challenge != self.fake.asked["code_challenge"][0]:
            return self.answer({"error": "invalid_grant"}, 400)
        return self.answer({"id_token": self.fake.id_token(self.fake.asked["nonce"][0]), "access_token": "x", "token_type": "Bearer"})


@pytest.fixture
def provider():
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    fake.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()


@pytest.fixture
def tool(make_tool, database_url, provider):
    return make_tool(database_url, openid=OpenIdSettings(provider.address, "unitwise", "secret", roles=(("coders", "coder"), ("leads", "lead"))))


def leave(browser, provider):
    """Go to the provider, as far as the tool sends the browser; the state that it must bring back."""
    place = urlsplit(browser.get("/openid/start", headers=TO_PAGE, follow_redirects=False).headers["location"])
    provider.asked = parse_qs(place.query)
    return provider.asked["state"][0]


def come_back(browser, state, code="the-code"):
    return browser.get("/openid/return", params={"code": code, "state": state}, headers=TO_PAGE, follow_redirects=False)


def test_whoever_the_provider_vouches_for_is_signed_in(tool, browser, provider):
    assert come_back(browser, leave(browser, provider)).status_code == 200
    page = browser.get("/account", headers=AS_A_BROWSER)
    assert "<h1>ann</h1>" in page.text


def test_the_roles_are_those_of_the_groups_each_time_anew(tool, app, provider):
    for groups, roles in ((["coders", "other"], "coder"), (["leads"], "lead"), (["leads", "coders"], "coder, lead")):
        provider.claims["groups"] = groups
        browser = browser_of(app, tool)
        come_back(browser, leave(browser, provider))
        assert f"Roles: {roles}<" in browser.get("/account", headers=AS_A_BROWSER).text


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": ["strangers"]},
        {"nonce": "another"},
        {"aud": "someone-else"},
        {"aud": ["unitwise", "other"], "azp": "other"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_that_says_otherwise_opens_nothing(browser, provider, claims):
    provider.claims |= claims
    assert come_back(browser, leave(browser, provider)).status_code == 422
    assert browser.get("/account", headers=TO_PAGE, follow_redirects=False).headers["location"] == "/sign-in"


@pytest.mark.parametrize(("key", "algorithm"), [(STRANGER, "RS256"), (OctKey.import_key("secret" * 8), "HS256")])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(browser, provider, key, algorithm):
    provider.key, provider.algorithm = key, algorithm
    assert come_back(browser, leave(browser, provider)).status_code == 422


def test_an_answer_to_another_sign_in_opens_nothing(browser, provider):
    leave(browser, provider)
    assert come_back(browser, "another-state").status_code == 422


def test_an_answer_in_another_browser_opens_nothing(tool, app, browser, provider):
    state = leave(browser, provider)
    assert come_back(browser_of(app, tool), state).status_code == 422


def test_a_provider_that_says_it_is_another_is_not_followed(browser, provider):
    provider.issuer = "https://evil.example"
    assert browser.get("/openid/start", headers=TO_PAGE, follow_redirects=False).status_code == 422


def test_a_local_account_is_not_taken_over_by_a_name(tool, browser, provider):
    new_person(tool.store, "Ann", "admin")
    assert come_back(browser, leave(browser, provider)).status_code == 422


def test_without_a_provider_there_is_no_such_page(make_tool, database_url):
    tool = make_tool(database_url)
    assert browser_of(create_app(tool), tool).get("/openid/start", headers=TO_PAGE).status_code == 404


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("issuer = 'x'", "cannot be read"),
        ("issuer = 'http://idp.example'\nclient_id = 'a'\nclient_secret = 'b'\n[roles]\ng = 'coder'", "is not https"),
        ("issuer = 'https://idp.example'\nclient_id = 'a'\nclient_secret = 'b'\n[roles]\ng = 'king'", "a role that there is not"),
    ],
)
def test_settings_that_would_not_do_are_refused(tmp_path, written, said):
    path = tmp_path / "openid.toml"
    path.write_text(written)
    with pytest.raises(ServeRefused, match=said):
        OpenIdSettings.read(path)
