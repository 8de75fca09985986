"""``vllm serve``: a health page and completions."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/completions":
            self.answer(200, {"choices": self.server.engine.complete(body["prompt"])})
        else:
            self.answer(404, {"detail": "Not Found"})


def main():
    from vllm.v1.engine.async_llm import AsyncLLM

    engine = AsyncLLM({})
    server = HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler)
    server.engine = engine
    server.serve_forever()


if __name__ == "__main__":
    main()
