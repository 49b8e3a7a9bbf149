"""A foreign client of the control protocol: gRPC's C core, by raw bytes, prints one JSON line.

usage: client.py SOCKET SCENARIO
"""
import json
import sys

import grpc

SERVICE = "/mixmq.control.v1.NodeControl/"


def identity(data):
    return data


def main():
    socket, scenario = sys.argv[1:3]
    channel = grpc.insecure_channel("unix:" + socket, options=[("grpc.max_receive_message_length", 8 << 20)])
    try:
        if scenario == "unary":
            call = channel.unary_unary(SERVICE + "Send", identity, identity)
            # field 1 (to) = "x", field 3 (content) = 200,000 bytes
            content = bytes(200000)
            request = b"\x0a\x01x" + b"\x1a" + bytes([0xC0, 0x9A, 0x0C]) + content
            print(json.dumps({"code": 0, "response": call(request).hex()}))
        elif scenario == "error":
            call = channel.unary_unary(SERVICE + "Track", identity, identity)
            call(b"\x0a\x03abc")
        elif scenario == "stream":
            call = channel.unary_stream(SERVICE + "Peek", identity, identity)
            print(json.dumps({"code": 0, "response": [len(m) for m in call(b"\x10\x05")]}))
        elif scenario == "duplex":
            # Each request is a grant of one (field 2), made when the last answer has come; the first opens (field 1, consumer "c").
            import queue
            grants = queue.Queue()
            grants.put(b"\x0a\x03\x0a\x01c")
            answers = channel.stream_stream(SERVICE + "Receive", identity, identity)(iter(grants.get, None))
            lengths = []
            for answer in answers:
                lengths.append(len(answer))
                grants.put(b"\x10\x01" if len(lengths) < 6 else None)
            print(json.dumps({"code": answers.code().value[0], "response": lengths}))
        elif scenario == "deadline":
            call = channel.unary_unary(SERVICE + "GetStatus", identity, identity)
            call(b"", timeout=1.5)
        elif scenario == "missing":
            channel.unary_unary(SERVICE + "Nothing", identity, identity)(b"")
        elif scenario == "gzip":
            call = channel.unary_unary(SERVICE + "Send", identity, identity)
            call(b"\x0a\x01x" + b"\x1a\xe8\x07" + bytes(1000), compression=grpc.Compression.Gzip)
    except grpc.RpcError as error:
        print(json.dumps({"code": error.code().value[0], "details": error.details()}))
    finally:
        channel.close()


main()
