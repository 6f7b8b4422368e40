"""A web app as its developers write it: Flask, and Authlib for the sign-in."""

from authlib.common.security import generate_token
from authlib.integrations.flask_client import OAuth
from flask import Flask, session


def create_app(settings: dict) -> Flask:
    app = Flask(__name__)
    app.secret_key = generate_token()
    app.testing = True  # Errors reach whoever asked, instead of becoming a page.
    gatehouse = OAuth(app).register(
        "gatehouse",
        server_metadata_url=settings["issuer"] + "/.well-known/openid-configuration",
        client_id=settings["client_id"],
        client_secret=settings["client_secret"],
        client_kwargs={"scope": settings["scope"], "code_challenge_method": "S256"},
    )

    @app.get("/login")
    def login():
        return gatehouse.authorize_redirect(settings["redirect_uri"], **settings.get("authorization", {}))

    @app.get("/callback")
    def callback():
        token = gatehouse.authorize_access_token()
        session["id_token"] = token["id_token"]
        return {"token": token, "userinfo": gatehouse.userinfo(token=token)}

    @app.get("/logout")
    def logout():
        return gatehouse.logout_redirect(settings["post_logout_redirect_uri"], id_token_hint=session.pop("id_token"))

    @app.get("/signed-out")
    def signed_out():
        return gatehouse.validate_logout_response()

    return app
