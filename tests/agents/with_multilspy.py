"""multilspy, the client of agents written in Python, with the small subclass that a server it does not know needs.

    with_multilspy.py SERVER ROOT FILE LINE COLUMN    prints what it got, as JSON
"""

import asyncio
import json
import os
import pathlib
import sys

from multilspy.language_server import LanguageServer
from multilspy.lsp_protocol_handler.server import ProcessLaunchInfo
from multilspy.multilspy_config import MultilspyConfig
from multilspy.multilspy_logger import MultilspyLogger


class SpecWeave(LanguageServer):
    def __init__(self, server, root):
        config = MultilspyConfig.from_dict({"code_language": "python"})
        launch = ProcessLaunchInfo(cmd=server, cwd=root)
        super().__init__(config, MultilspyLogger(), root, launch, "markdown")
        self.published = {}

    async def session(self, work):
        async def nothing(_):
            return None

        async def settings(params):
            return [None] * len(params["items"])

        async def publish(params):
            self.published[params["uri"]] = params["diagnostics"]

        self.server.on_request("client/registerCapability", nothing)
        self.server.on_request("workspace/configuration", settings)
        self.server.on_notification("textDocument/publishDiagnostics", publish)
        self.server.on_notification("window/logMessage", nothing)
        uri = pathlib.Path(self.repository_root_path).as_uri()
        async with self.start_server():
            await self.server.start()
            await self.server.send.initialize({
                "processId": os.getpid(), "rootUri": uri, "rootPath": self.repository_root_path,
                "capabilities": {"textDocument": {"publishDiagnostics": {}}},
                "workspaceFolders": [{"uri": uri, "name": "project"}],
            })
            self.server.notify.initialized({})
            self.completions_available.set()
            found = await work(self)
            await self.server.shutdown()
            await self.server.stop()
            return found


async def main(server, root, file, line, column):
    async def work(client):
        with client.open_file(file):
            return {
                "hover": await client.request_hover(file, line, column),
                "definition": await client.request_definition(file, line, column),
                "symbols": [symbol["name"] for symbol in (await client.request_document_symbols(file))[0]],
                "completions": [item["completionText"] for item in await client.request_completions(file, line, column)],
                "published": {pathlib.PurePosixPath(uri).name: found for uri, found in client.published.items()},
            }

    print(json.dumps(await SpecWeave([server], root).session(work)))


asyncio.run(main(*sys.argv[1:4], *map(int, sys.argv[4:6])))
