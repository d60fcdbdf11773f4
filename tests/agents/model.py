"""A stand-in for a model behind an OpenAI-like API on loopback: it plays a list of tool calls, one an answer.

model.py SCRIPT LOG    SCRIPT is a JSON list of {"name": tool, "args": {...}}, or "input" instead of "args" for a tool that
                       takes text; it prints its port, and writes what each request holds to LOG, one JSON list a line.

It speaks chat completions (opencode) and responses (Codex).
"""

import http.server
import json
import sys

script = json.load(open(sys.argv[1], encoding="utf-8"))
log = open(sys.argv[2], "a", buffering=1, encoding="utf-8")


def next_step(request, said):
    """What the model does now, None when it has done all. What comes without tools is a question for a title."""
    if not request.get("tools"):
        return None
    log.write(json.dumps(said) + "\n")
    return script.pop(0) if script else None


def chat(request):
    step = next_step(request, request["messages"])
    delta, reason = {"role": "assistant", "content": "Done."}, "stop"
    if step:
        call = {"name": step["name"], "arguments": json.dumps(step["args"])}
        calls = [{"index": 0, "id": f"call_{len(script)}", "type": "function", "function": call}]
        delta, reason = {"role": "assistant", "tool_calls": calls}, "tool_calls"
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    for choice in ({"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": reason}):
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": usage}
        yield f"data: {json.dumps({**chunk, 'choices': [{'index': 0, **choice}]})}\n\n"
    yield "data: [DONE]\n\n"


def responses(request):
    step = next_step(request, request["input"])
    item = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "Done."}]}
    if step:
        item = {"id": f"item_{len(script)}", "call_id": f"call_{len(script)}", "name": step["name"]}
        if "input" in step:
            item |= {"type": "custom_tool_call", "input": step["input"]}
        else:
            item |= {"type": "function_call", "arguments": json.dumps(step["args"])}
    usage = {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1, "output_tokens_details": None, "total_tokens": 2}
    for event in (
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "r", "usage": usage}},
    ):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for part in responses(request) if self.path.endswith("/responses") else chat(request):
            self.wfile.write(part.encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
print(server.server_port, flush=True)
server.serve_forever()
