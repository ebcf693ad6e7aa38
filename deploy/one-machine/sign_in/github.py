"""Sign in with GitHub. The roster's ids are GitHub names.

Needs: an OAuth app of your organisation's (Settings, Developer settings), with the callback address below, and TLS.
"""

c.JupyterHub.authenticator_class = "github"  # noqa: F821
c.GitHubOAuthenticator.oauth_callback_url = "https://HUB.EXAMPLE/hub/oauth_callback"  # noqa: F821
c.GitHubOAuthenticator.client_id = "..."  # noqa: F821
c.GitHubOAuthenticator.client_secret = "..."  # noqa: F821,S105
