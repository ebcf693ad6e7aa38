"""A learning management system as small as LTI 1.3 allows: it signs launches, and shows the keys to check them with."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

LTI = "https://purl.imsglobal.org/spec/lti/claim/"


class System:
    """The system at ``http://127.0.0.1:port``, which knows the hub under ``client_id``."""

    def __init__(self, port: int, client_id: str) -> None:
        self.issuer, self.client_id = f"http://127.0.0.1:{port}", client_id
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        keys = json.dumps({"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}).encode()

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: Any) -> None:
                pass

        threading.Thread(target=HTTPServer(("127.0.0.1", port), Keys).serve_forever, daemon=True).start()

    def launch(self, hub: str, email: str, *, key: Any = None, audience: str | None = None) -> requests.Session:
        """A browser that came through a link in the course; the last answer is in ``.answer``.

        ``key`` signs in place of the system's own, ``audience`` is meant in place of the hub.
        """
        browser = requests.Session()
        begun = browser.get(
            f"{hub}/hub/lti13/oauth_login",
            params={
                "iss": self.issuer,
                "login_hint": "7",
                "target_link_uri": f"{hub}/hub",
                "client_id": self.client_id,
            },
            allow_redirects=False,
            timeout=30,
        )
        assert begun.status_code == 302, begun.text  # noqa: S101 - a check
        asked = {name: value[0] for name, value in parse_qs(urlparse(begun.headers["Location"]).query).items()}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": audience or self.client_id, "sub": str(uuid.uuid5(uuid.NAMESPACE_DNS, email)),
            "iat": now, "exp": now + 60, "nonce": asked["nonce"], "email": email,
            f"{LTI}message_type": "LtiResourceLinkRequest", f"{LTI}version": "1.3.0", f"{LTI}deployment_id": "1",
            f"{LTI}target_link_uri": f"{hub}/hub", f"{LTI}resource_link": {"id": "link"},
            f"{LTI}roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        }  # fmt: skip
        token = jwt.encode(claims, key or self.key, algorithm="RS256", headers={"kid": "one"})
        browser.answer = browser.post(  # type: ignore[attr-defined]
            asked["redirect_uri"].replace("https://", "http://"),
            data={"id_token": token, "state": asked["state"]},
            allow_redirects=False,
            timeout=30,
        )
        return browser


def stranger() -> Any:
    """A key that the system does not have."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def name_of(browser: requests.Session, hub: str) -> str | None:
    """As whom the hub knows a browser."""
    page = browser.get(f"{hub}/hub/home", timeout=30)
    found = re.search(r'user: "([^"]+)"', page.text)
    return found[1] if found and "/hub/home" in page.url else None
