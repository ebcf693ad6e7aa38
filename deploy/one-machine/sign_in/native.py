"""Learners choose a password here, and an instructor lets each of them in: no other account is needed.

Needs: nothing. A learner signs up under the id in the roster; an administrator named below looks at /hub/authorize and
lets in who is who they say. Whoever signs up first has the name: look before you click.
"""

import nativeauthenticator

c.JupyterHub.authenticator_class = "native"  # noqa: F821
c.JupyterHub.template_paths = [nativeauthenticator.__path__[0] + "/templates"]  # noqa: F821
c.NativeAuthenticator.open_signup = False  # noqa: F821
c.NativeAuthenticator.minimum_password_length = 12  # noqa: F821
c.NativeAuthenticator.check_common_password = True  # noqa: F821
c.NativeAuthenticator.allowed_failed_logins = 5  # noqa: F821
c.NativeAuthenticator.seconds_before_next_try = 600  # noqa: F821
# Who lets people in. They sign up too, and are let in at once. To JupyterHub they are administrators, who may enter
# every server: name one person, not all who teach.
c.Authenticator.admin_users = {"maya"}  # noqa: F821
