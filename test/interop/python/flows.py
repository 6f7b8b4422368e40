"""What Authlib does with Gatehouse, flow by flow. Each takes the app's settings and a way to visit an address."""

from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7591 import ClientMetadataClaims as OAuthClientMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from authlib.oidc.registration import ClientMetadataClaims as OpenIDClientMetadata
from flask.testing import FlaskClient
from joserfc.jwk import import_key

from app import create_app

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SECONDS = 20

Visit = Callable[[str], str]


def discover(settings: dict) -> OpenIDProviderMetadata:
    response = requests.get(get_well_known_url(settings["issuer"], external=True), timeout=SECONDS)
    metadata = OpenIDProviderMetadata(response.json())
    metadata.validate()
    return metadata


def session_of(settings: dict, **options) -> OAuth2Session:
    return OAuth2Session(
        settings["client_id"],
        settings.get("client_secret"),
        scope=settings.get("scope"),
        default_timeout=SECONDS,
        **options,
    )


def path_of(url: str) -> str:
    """As the app's own web server sees it."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def sign_in(app: FlaskClient, visit: Visit) -> dict:
    callback = visit(app.get("/login").location)
    return app.get(path_of(callback)).json


def code_flow(settings: dict, visit: Visit) -> dict:
    discover(settings)
    answer = sign_in(create_app(settings).test_client(), visit)
    # What Authlib calls userinfo here are the claims of the ID token, of which it has checked signature, issuer, audience,
    # times and nonce.
    return {"claims": answer["token"]["userinfo"], "userinfo": answer["userinfo"], "scope": answer["token"]["scope"]}


def refresh(settings: dict, visit: Visit) -> dict:
    metadata = discover(settings)
    first = sign_in(create_app(settings).test_client(), visit)["token"]
    session = session_of(settings, token_endpoint=metadata["token_endpoint"])
    second = session.refresh_token(refresh_token=first["refresh_token"])
    userinfo = session.get(metadata["userinfo_endpoint"]).json()
    return {
        "subject": userinfo["sub"],
        "rotated": second["refresh_token"] != first["refresh_token"],
        "reuse": refusal(lambda: session.refresh_token(refresh_token=first["refresh_token"])),
        "after_reuse": refusal(lambda: session.refresh_token(refresh_token=second["refresh_token"])),
    }


def introspect_and_revoke(settings: dict, visit: Visit) -> dict:
    metadata = discover(settings)
    token = sign_in(create_app(settings).test_client(), visit)["token"]["access_token"]
    session = session_of(settings)
    before = session.introspect_token(metadata["introspection_endpoint"], token=token).json()
    revoked = session.revoke_token(metadata["revocation_endpoint"], token=token, token_type_hint="access_token")
    after = session.introspect_token(metadata["introspection_endpoint"], token=token).json()
    return {"before": before, "revocation": revoked.status_code, "after": after}


def device(settings: dict, visit: Visit) -> dict:
    metadata = discover(settings)
    form = {"client_id": settings["client_id"], "scope": settings["scope"]}
    started = requests.post(metadata["device_authorization_endpoint"], form, timeout=SECONDS).json()
    visit(started["verification_uri_complete"])
    session = session_of(settings)
    session.fetch_token(metadata["token_endpoint"], grant_type=DEVICE_GRANT, device_code=started["device_code"])
    return {"subject": session.get(metadata["userinfo_endpoint"]).json()["sub"]}


def client_credentials(settings: dict, _visit: Visit) -> dict:
    return machine_token(settings, session_of(settings))


def private_key_jwt(settings: dict, _visit: Visit) -> dict:
    jwk = settings["private_jwk"]
    own_key = settings | {"client_secret": import_key(jwk)}
    session = session_of(own_key, token_endpoint_auth_method="private_key_jwt")
    session.register_client_auth_method(PrivateKeyJWT(alg=jwk["alg"]))
    return machine_token(settings, session)


def machine_token(settings: dict, session: OAuth2Session) -> dict:
    endpoint = discover(settings)["token_endpoint"]
    return session.fetch_token(endpoint, grant_type="client_credentials", resource=settings["resource"])


def sign_out(settings: dict, visit: Visit) -> dict:
    app = create_app(settings).test_client()
    sign_in(app, visit)
    back = visit(app.get("/logout").location)
    return app.get(path_of(back)).json


def register(settings: dict, visit: Visit) -> dict:
    metadata = {"client_name": "Authlib", "redirect_uris": [settings["redirect_uri"]]}
    endpoint = discover(settings)["registration_endpoint"]
    response = requests.post(endpoint, json=metadata, timeout=SECONDS)
    response.raise_for_status()
    registered = response.json()
    for claims in (OAuthClientMetadata, OpenIDClientMetadata):
        claims(registered, {}).validate()
    signed_in = code_flow(settings | registered, visit)
    own = {"Authorization": f"Bearer {registered['registration_access_token']}"}
    removed = requests.delete(registered["registration_client_uri"], headers=own, timeout=SECONDS)
    return {"registered": response.status_code, "claims": signed_in["claims"], "removed": removed.status_code}


def refusal(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except OAuthError as error:
        return error.error
    return None


FLOWS = {
    "code-flow": code_flow,
    "refresh": refresh,
    "introspect-and-revoke": introspect_and_revoke,
    "device": device,
    "client-credentials": client_credentials,
    "private-key-jwt": private_key_jwt,
    "sign-out": sign_out,
    "register": register,
}
