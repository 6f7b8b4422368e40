"""Runs one flow as an app in Python would, for authlib.test.ts.

Its argument names the flow. JSON lines: the first one in has the app's settings; `{"open": url}` out asks for a person
with a browser, and the next line in says where that browser ended up; `{"result": ...}` is the last line out.
"""

import json
import sys

from authlib.integrations.base_client import OAuthError

from flows import FLOWS


def say(message: dict) -> None:
    print(json.dumps(message), flush=True)


def hear() -> dict:
    return json.loads(sys.stdin.readline())


def visit(url: str) -> str:
    say({"open": url})
    return hear()["url"]


if __name__ == "__main__":
    try:
        say({"result": FLOWS[sys.argv[1]](hear(), visit)})
    except OAuthError as error:
        say({"result": {"error": error.error}})
