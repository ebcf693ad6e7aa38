"""A cell run on somebody's server, as the page in their browser does it: a kernel, a websocket, a request."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

SECONDS = 120


def printed(server: str, token: str, code: str) -> str:
    """What ``code`` prints in a new kernel of ``server``, its address. Raises TimeoutError."""
    return asyncio.run(asyncio.wait_for(_printed(server, {"Authorization": f"token {token}"}, code), SECONDS))


async def _printed(server: str, headers: dict[str, str], code: str) -> str:
    kernel = requests.post(f"{server}/api/kernels", headers=headers, timeout=60).json()["id"]
    address = f"{server.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    page = await websocket_connect(HTTPRequest(address, headers=headers))
    header = {"msg_id": uuid.uuid4().hex, "username": "", "session": "checks", "version": "5.3"}
    asked: dict[str, Any] = {
        "header": {**header, "msg_type": "execute_request"}, "parent_header": {}, "metadata": {}, "channel": "shell",
        "content": {"code": code, "silent": False, "store_history": False, "user_expressions": {}},
    }  # fmt: skip
    await page.write_message(json.dumps(asked))
    while True:
        said = json.loads(await page.read_message() or "{}")
        if said.get("msg_type") == "stream":
            return str(said["content"]["text"])
        if said.get("msg_type") in (None, "error"):
            return str(said.get("content"))
