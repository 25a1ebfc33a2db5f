"""The protocol of lib/client.mjs: fields in base64, one line for each message."""

import base64


def read(line):
    return [
        None if field == "-" else base64.b64decode(field[1:]).decode() for field in line.split()
    ]


def write(fields):
    encoded = (
        "-" if field is None else "=" + base64.b64encode(str(field).encode()).decode()
        for field in fields
    )
    print(" ".join(encoded), flush=True)


def answer(count, rows):
    write(["ok", count, *(cell for row in rows for cell in row)])


def refuse(code, message):
    write(["error", code, message])
