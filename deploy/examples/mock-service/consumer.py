"""A careless consumer: reads records as JSON lines and calls every URL that it finds in them, whatever the host.

It writes one JSON line for each call, and a summary when its input ends. It speaks plain HTTP whatever the scheme says:
the mock service has no certificate.
"""

import argparse
import collections
import http.client
import json
import re
import sys
import urllib.parse

# As a browser takes them: two slashes of either kind, with or without a scheme.
URL = re.compile(r"(?i)(?:\b[a-z][a-z0-9+.-]*:)?[/\\]{2}[^\s\"'<>]+")
SECONDS = 10


def texts(value, name=""):
    """Every text in a JSON value, with the name of its member."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, name)
    elif isinstance(value, str):
        yield name, value


def urls(record):
    for name, text in texts(record):
        found = URL.findall(text)
        # What stands where a URL belongs is called even without a scheme.
        if not found and name == "callbackUrl" and text.strip():
            found = ["//" + text.strip()]
        yield from found


def call(url, body, resolved, unresolved_fail):
    """Posts to the URL; answers its host, and the status or why there is none."""
    parts = urllib.parse.urlsplit(url.replace("\\", "/"))
    host = (parts.hostname or "").lower()
    try:
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
        if host in resolved:
            address = resolved[host]
        elif unresolved_fail:
            raise OSError("not resolved")
        else:
            address = (host, port)
        connection = http.client.HTTPConnection(*address, timeout=SECONDS)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        headers = {"Host": parts.netloc.rpartition("@")[2], "Content-Type": "application/json"}
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status
        connection.close()
        return host, status, None
    except (OSError, ValueError, http.client.HTTPException) as error:
        return host, None, str(error)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--resolve", action="append", default=[], metavar="HOST=ADDRESS:PORT",
        help="where a host is; once it is given, no other host is looked up or called, and each attempt is told")
    given = options.parse_args()
    resolved = {}
    for entry in given.resolve:
        host, _, address = entry.partition("=")
        name, _, port = address.rpartition(":")
        resolved[host] = (name, int(port))
    records = failed = 0
    hosts = collections.Counter()
    for line in sys.stdin:
        records += 1
        record = json.loads(line)
        for url in urls(record):
            body = json.dumps({"id": record.get("id")})
            host, status, problem = call(url, body, resolved, bool(resolved))
            hosts[host] += 1
            failed += status != 200
            print(json.dumps({"url": url, "host": host, "status": status, "problem": problem}), flush=True)
    print(json.dumps({"records": records, "calls": hosts, "failed": failed}), flush=True)


if __name__ == "__main__":
    main()
