"""Holds requests that the simulator signed against the platforms' own client libraries.

Each library must take every request as it is, and refuse it with its body, its time,
its signature or its key changed, and one of ten minutes ago where it looks at that.
What a platform does not sign cannot be refused, and is not tried.

Usage: check.py REQUESTS.json, which `go run ./infra/signing` writes.
"""

import asyncio
import base64
import contextlib
import importlib.metadata
import io
import json
import sys


def line(headers, body, secret):
    from linebot.v3.webhook import SignatureValidator

    return SignatureValidator(secret).validate(body.decode(), headers["X-Line-Signature"])


def slack(headers, body, secret):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(secret).is_valid_request(body, headers)


def standard(headers, body, secret):
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def viber(headers, body, secret):
    from viberbot import Api
    from viberbot.api.bot_configuration import BotConfiguration

    api = Api(BotConfiguration(name="b", avatar=None, auth_token=secret))
    return api.verify_signature(body, headers["X-Viber-Content-Signature"])


def discord(headers, body, secret):
    from discord_interactions import verify_key

    with contextlib.redirect_stdout(io.StringIO()):  # it prints why it refuses
        return verify_key(body, headers["X-Signature-Ed25519"], headers["X-Signature-Timestamp"], secret)


def telegram(headers, body, secret):
    """Lets the library's own web handler judge: nothing is signed, the secret is shown."""
    import tornado.httputil
    import tornado.web
    from telegram import Bot
    from telegram.ext._utils.webhookhandler import TelegramHandler, WebhookAppClass

    class Connection:
        def set_close_callback(self, _):
            pass

    async def judge():
        queue = asyncio.Queue()
        bot = Bot("1:none")
        app = WebhookAppClass("/w", bot, queue, secret)
        request = tornado.httputil.HTTPServerRequest(
            start_line=tornado.httputil.RequestStartLine("POST", "/w", "HTTP/1.1"),
            headers=tornado.httputil.HTTPHeaders(headers), body=body, connection=Connection(),
        )
        handler = TelegramHandler(app, request, bot=bot, update_queue=queue, secret_token=secret)
        try:
            await handler.post()
        except tornado.web.HTTPError:
            return False
        update = queue.get_nowait()
        return update.update_id == json.loads(body)["update_id"] and update.effective_message is not None

    return asyncio.run(judge())


# By platform: the library, its verifier, the header that signs, the one with the time,
# whether the library looks at that, and whether the body is signed.
LIBRARIES = {
    "line": ("line-bot-sdk", line, "X-Line-Signature", None, False, True),
    "slack": ("slack_sdk", slack, "X-Slack-Signature", "X-Slack-Request-Timestamp", True, True),
    "standard": ("standardwebhooks", standard, "Webhook-Signature", "Webhook-Timestamp", True, True),
    "viber": ("viberbot", viber, "X-Viber-Content-Signature", None, False, True),
    "discord": ("discord-interactions", discord, "X-Signature-Ed25519", "X-Signature-Timestamp", False, True),
    "telegram": ("python-telegram-bot", telegram, "X-Telegram-Bot-Api-Secret-Token", None, False, False),
}


def other(text, at):
    """Another character of the same alphabet in one place."""
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1:]


def changed(request, name):
    """The request with each thing changed that the platform signs, by what it is."""
    _, _, signature, time, _, signs = LIBRARIES[name]
    headers, body, secret = request
    middle = len(headers[signature]) // 2
    yield "signature", ({**headers, signature: other(headers[signature], middle)}, body, secret)
    if name == "standard":  # a key is base64
        key = base64.b64decode(secret.removeprefix("whsec_"))
        yield "key", (headers, body, "whsec_" + base64.b64encode(key[:-1] + bytes([key[-1] ^ 1])).decode())
    else:
        yield "key", (headers, body, other(secret, len(secret) // 2))
    if time:
        yield "time", ({**headers, time: str(int(headers[time]) + 1)}, body, secret)
    if signs:
        at = body.index(b":") + 2
        yield "body", (headers, body[:at] + bytes([body[at] ^ 1]) + body[at + 1:], secret)
        yield "length", (headers, body + b" ", secret)


def main(path):
    with open(path, encoding="utf-8") as file:
        requests = json.load(file)
    wrong, counts = [], {}
    for one in requests:
        name = one["platform"]
        request = (one["headers"], base64.b64decode(one["body"]), one["secret"])
        verify, taken = LIBRARIES[name][1], counts.setdefault(name, {})
        if one["old"]:
            if LIBRARIES[name][4]:
                taken["old time"] = taken.get("old time", 0) + 1
                if verify(*request):
                    wrong.append(f"{name}: what was signed ten minutes ago is taken")
            continue
        taken["taken"] = taken.get("taken", 0) + 1
        if not verify(*request):
            wrong.append(f"{name}: what the simulator signed is refused")
        for what, forged in changed(request, name):
            taken[what] = taken.get(what, 0) + 1
            if verify(*forged):
                wrong.append(f"{name}: with another {what} it is taken")
    for name, (package, _, _, _, _, _) in LIBRARIES.items():
        if name not in counts:
            wrong.append(f"{name}: no request")
            continue
        tried = dict(counts[name])
        good = tried.pop("taken")
        refused = ", ".join(f"{number} by {what}" for what, number in tried.items())
        print(f"{name:9} {package} {importlib.metadata.version(package)}: {good} taken; refused {refused}")
    print("not judged, for want of a library of theirs that checks webhooks: Meta's family, X, TikTok, YouTube, LinkedIn, Zalo")
    for line_ in sorted(set(wrong)):
        print("WRONG", line_, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
