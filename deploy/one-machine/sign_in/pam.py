"""Sign in with the password of an account on this machine, or of the directory it asks (LDAP, AD by SSSD).

Needs: for each line of the roster an account of that name which has a password. Servers do not run as that account.
"""

c.JupyterHub.authenticator_class = "pam"  # noqa: F821
c.PAMAuthenticator.open_sessions = False  # noqa: F821
# TLS, unless a proxy on this machine does it (then leave the address at 127.0.0.1):
# c.JupyterHub.ssl_cert = "/etc/ssl/hub/fullchain.pem"
# c.JupyterHub.ssl_key = "/etc/ssl/hub/key.pem"
