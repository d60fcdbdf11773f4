"""A stand-in for a model behind an OpenAI-like API on loopback: it plays a list of tool calls, one an answer.

model.py SCRIPT LOG    SCRIPT is a JSON list of {"name": tool, "args": {...}}; it prints its port, and writes the
                       messages of each request to LOG, one JSON list a line.
"""

import http.server
import json
import sys

script = json.load(open(sys.argv[1], encoding="utf-8"))
log = open(sys.argv[2], "a", buffering=1, encoding="utf-8")


def answer(request):
    """The delta and why it ends. What comes without tools is a question for a title."""
    if not request.get("tools"):
        return {"role": "assistant", "content": "A title"}, "stop"
    log.write(json.dumps(request["messages"]) + "\n")
    if not script:
        return {"role": "assistant", "content": "Done."}, "stop"
    step = script.pop(0)
    call = {"name": step["name"], "arguments": json.dumps(step["args"])}
    calls = [{"index": 0, "id": f"call_{len(script)}", "type": "function", "function": call}]
    return {"role": "assistant", "tool_calls": calls}, "tool_calls"


class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        delta, reason = answer(request)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for choice in ({"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": reason}):
            chunk = {
                "id": "x",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "stub",
                "choices": [{"index": 0, **choice}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
print(server.server_port, flush=True)
server.serve_forever()
