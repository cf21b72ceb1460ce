"""An upstream that answers each request after a while: PORT DELAY_MS BODY. Ends on SIGTERM."""

import asyncio
import sys

PORT, DELAY, BODY = int(sys.argv[1]), int(sys.argv[2]) / 1000, sys.argv[3].encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                           if line.lower().startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            await asyncio.sleep(DELAY)
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", PORT, backlog=8192)
    async with server:
        await server.serve_forever()


asyncio.run(main())
