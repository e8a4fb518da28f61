import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CODE = sys.argv[1]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.reply(200, f"ok {CODE}")
        else:
            self.reply(404, "no such page")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/count":
            return self.reply(404, "no such page")
        try:
            words = body.decode("utf-8").split()
        except UnicodeDecodeError:
            return self.reply(400, "not UTF-8")
        longest = max(words, key=len, default=None)
        self.reply(200, json.dumps({"words": len(words), "longest": longest, "code": CODE}))

    def reply(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
