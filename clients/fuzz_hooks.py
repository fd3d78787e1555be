"""What `make fuzz` does to each request before it is sent."""

import hashlib
import json
import re

import schemathesis

VISIBLE = re.compile("[!-~]{1,255}")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names what is asked by what it is.

    The same key for another body is refused, and that is no finding: so a key that is well formed
    becomes one of the request it stands on. The same request again still has the same key, and has
    to get the same answer.
    """
    key = (case.headers or {}).get("Idempotency-Key")
    if not isinstance(key, str) or not VISIBLE.fullmatch(key):
        return
    asked = json.dumps([case.method, case.formatted_path, key, case.body], default=repr, sort_keys=True)
    case.headers["Idempotency-Key"] = hashlib.sha256(asked.encode()).hexdigest()
