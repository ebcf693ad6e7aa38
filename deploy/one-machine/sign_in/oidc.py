"""Sign in with your company's OpenID Connect (Keycloak, Entra ID, Okta, Google). People are known by their address.

Needs: a client registered there, with the callback address below, and TLS. Every line of the roster needs its email.
"""

c.JupyterHub.authenticator_class = "generic-oauth"  # noqa: F821
c.GenericOAuthenticator.oauth_callback_url = "https://HUB.EXAMPLE/hub/oauth_callback"  # noqa: F821
c.GenericOAuthenticator.client_id = "..."  # noqa: F821
c.GenericOAuthenticator.client_secret = "..."  # noqa: F821,S105
c.GenericOAuthenticator.authorize_url = "https://LOGIN.EXAMPLE/authorize"  # noqa: F821
c.GenericOAuthenticator.token_url = "https://LOGIN.EXAMPLE/token"  # noqa: F821,S105
c.GenericOAuthenticator.userdata_url = "https://LOGIN.EXAMPLE/userinfo"  # noqa: F821
c.GenericOAuthenticator.scope = ["openid", "email"]  # noqa: F821
c.GenericOAuthenticator.username_claim = "email"  # noqa: F821
MATCH["column"] = "email"  # noqa: F821
# Instructors are named by address then: hub start --instructor maya@example.org
