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
        alive = self.server.engine.engine.process.is_alive()
        self.answer((200 if alive else 503) if self.path == "/health" else 404, {})

    def do_POST(self):
        from vllm.v1.engine.llm_engine import EngineDeadError

        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/completions":
            self.answer(404, {"detail": "Not Found"})
            return
        try:
            self.answer(200, {"choices": self.server.engine.complete(body["prompt"])})
        except EngineDeadError as error:
            self.answer(500, {"error": {"message": str(error)}})


def main():
    from vllm.v1.engine.async_llm import AsyncLLM

    engine = AsyncLLM({})
    server = HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler)
    server.engine = engine
    server.serve_forever()


if __name__ == "__main__":
    main()
