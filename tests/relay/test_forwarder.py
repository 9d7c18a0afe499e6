"""A Service lets its pods see who comes, as `externalTrafficPolicy: Local` does."""

import asyncio

from infra.local.node.forwarder import Forwarder

SERVICE, POD, PORT = "127.253.0.1", "127.253.0.2", 2525


def test_a_pod_sees_the_address_of_each_client() -> None:
    async def ask_as(*clients: str) -> list[bytes]:
        return [await asyncio.wait_for(answer_to(client), 5) for client in clients]

    async def answer_to(client: str) -> bytes:
        reader, writer = await asyncio.open_connection(SERVICE, PORT, local_addr=(client, 0))
        answer = await reader.read()
        writer.close()
        return answer

    def tell_address(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("peername")[0].encode())
        writer.close()

    async def through_a_service() -> list[bytes]:
        async with await asyncio.start_server(tell_address, POD, 0) as pod:
            port: int = pod.sockets[0].getsockname()[1]
            service = Forwarder(SERVICE, lambda _: [(POD, port)])
            await service.serve({PORT: "smtp"})
            try:
                return await ask_as("127.254.0.1", "127.254.0.2", "127.0.0.1")
            finally:
                service.close()

    assert asyncio.run(through_a_service()) == [b"127.254.0.1", b"127.254.0.2", b"127.0.0.1"]
