"""Sign in from a learning management system by LTI 1.3 (Moodle, Canvas, Blackboard).

Needs: the tool registered there with https://HUB.EXAMPLE/hub/lti13/config, TLS, and the roster's lms_user_id filled
with the claim below. Instructors are named by that claim's value.
"""

c.JupyterHub.authenticator_class = "ltiauthenticator.lti13.auth.LTI13Authenticator"  # noqa: F821
c.LTI13Authenticator.issuer = "https://LMS.EXAMPLE"  # noqa: F821
c.LTI13Authenticator.client_id = {"..."}  # noqa: F821
c.LTI13Authenticator.authorize_url = "https://LMS.EXAMPLE/mod/lti/auth.php"  # noqa: F821
c.LTI13Authenticator.jwks_endpoint = "https://LMS.EXAMPLE/mod/lti/certs.php"  # noqa: F821
c.LTI13Authenticator.username_key = "sub"  # noqa: F821
MATCH["column"] = "lms_user_id"  # noqa: F821
# A learning management system shows the hub inside its own page; say which one may:
c.JupyterHub.tornado_settings = {  # noqa: F821
    "headers": {"Content-Security-Policy": "frame-ancestors 'self' https://LMS.EXAMPLE"},
    "cookie_options": {"SameSite": "None", "Secure": True},
}
