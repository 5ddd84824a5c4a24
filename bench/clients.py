"""Clients that write letters over HTTP: as fast as they are answered, or at a steady pace."""

import asyncio
import json
import time

CLIENTS = 16
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "town", "anonymity": 1}
BODY = json.dumps(LETTER, ensure_ascii=False).encode()


def hurry(port, tokens, count):
    """`count` letters from 16 clients at once; returns the seconds until the last was answered."""
    return asyncio.run(_hurry(port, tokens, count))


def pace(port, tokens, per_second, seconds):
    """Letters at fixed times, whether or not earlier ones are answered; returns when each was due, by its id."""
    return asyncio.run(_pace(port, tokens, per_second, seconds))


async def _hurry(port, tokens, count):
    left, started = iter(range(count)), time.perf_counter()

    async def client(token):
        connection = Connection(port, token)
        for _ in left:
            await connection.write()

    await asyncio.gather(*(client(tokens[n % len(tokens)]) for n in range(CLIENTS)))
    return time.perf_counter() - started


async def _pace(port, tokens, per_second, seconds):
    idle = [Connection(port, token) for token in tokens]
    due, began = {}, time.time() + 0.1

    async def letter(at):
        connection = idle.pop() if idle else Connection(port, tokens[0])
        due[await connection.write()] = at
        idle.append(connection)

    async with asyncio.TaskGroup() as group:
        for number in range(per_second * seconds):
            at = began + number / per_second
            await asyncio.sleep(max(0, at - time.time()))
            group.create_task(letter(at))
    return due


def request(token, method, path, body=b""):
    """The bytes of a request with a JSON body."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Connection:
    """One kept-alive HTTP connection, by default of a villager."""

    def __init__(self, port, token=""):
        self.port, self.streams = port, None
        self.letter = request(token, "POST", "/v1/petitions", BODY)

    async def ask(self, sent):
        """(status, body) of the answer to the bytes of a request."""
        self.streams = self.streams or await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        return int(head.split(maxsplit=2)[1]), body

    async def write(self):
        """Send the letter; returns its id. Raises RuntimeError unless it was accepted."""
        status, body = await self.ask(self.letter)
        if status != 201:
            raise RuntimeError(body.decode())
        return json.loads(body)["id"]
