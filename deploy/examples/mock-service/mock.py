"""A mock service: answers every request with 200 and writes down what it was asked, one JSON line each."""

import argparse
import http.server
import json
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    record = sys.stdout
    lock = threading.Lock()

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        call = {
            "method": self.command,
            "host": self.headers.get("Host", ""),
            "path": self.path,
            "body": self.rfile.read(length).decode("utf-8", "replace"),
        }
        with self.lock:
            print(json.dumps(call), file=self.record, flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"{}")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--address", default="0.0.0.0")
    options.add_argument("--port", type=int, action="append", help="may be given several times; 0: any free one")
    options.add_argument("--record", help="the file that calls are appended to; without it, standard output")
    given = options.parse_args()
    if given.record:
        Handler.record = open(given.record, "a", encoding="utf-8")
    servers = [http.server.ThreadingHTTPServer((given.address, port), Handler) for port in given.port or [80]]
    for server in servers:
        print("listening on %s:%d" % server.server_address, file=sys.stderr, flush=True)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
