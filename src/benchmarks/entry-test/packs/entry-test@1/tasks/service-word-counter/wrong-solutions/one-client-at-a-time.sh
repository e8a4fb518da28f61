#!/bin/bash
# Right but for the silent client, who keeps everyone waiting.
cat > /app/service.py <<'PYTHON'
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(*((200, f"ok {sys.argv[1]}") if self.path == "/health" else (404, "")))

    def do_POST(self):
        try:
            words = self.rfile.read(int(self.headers["Content-Length"])).decode().split()
        except UnicodeDecodeError:
            return self.reply(400, "")
        self.reply(200, json.dumps({"words": len(words), "longest": max(words, key=len, default=None), "code": sys.argv[1]}))

    def reply(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

HTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
PYTHON
printf '#!/bin/sh\nexec python3 /app/service.py %s\n' "$CLAWBENCH_NONCE" > /app/start.sh
chmod +x /app/start.sh
