#!/usr/bin/env python3
"""A target for end-to-end tests: applies each record of a dataset to a ledger, and misbehaves when told to."""
import argparse
import json
import os
import signal
import socket
import sqlite3
import sys
import time

options = argparse.ArgumentParser()
options.add_argument("--dataset", required=True)
options.add_argument("--db", required=True)
options.add_argument("--pace", type=float, default=0.0, help="seconds between records")
options.add_argument("--skip", type=int, default=0, help="leave out the n-th record")
options.add_argument("--twice", type=int, default=0, help="apply the n-th record twice")
options.add_argument("--stop-after", type=int, default=0, help="apply no more than n records")
options.add_argument("--exit-after", type=int, default=0, help="exit with code 7 after n records")
options.add_argument("--listen", type=int, default=0, help="a port to be ready on")
options.add_argument("--port-file", help="where to write that port down")
options.add_argument("--ignore-term", action="store_true")
options.add_argument("--close-stdout", action="store_true")
options.add_argument("--spoil", action="store_true", help="at the end make the ledger unreadable")
options.add_argument("--print-mib", type=int, default=0, help="output for each record")
options.add_argument("--idle", action="store_true", help="apply nothing")
options.add_argument("--children", type=int, default=0, help="processes to start and leave alone, each in a session of its own")
args = options.parse_args()

signal.signal(signal.SIGTERM, signal.SIG_IGN if args.ignore_term else lambda *_: sys.exit(0))
if args.listen:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", args.listen))
    listener.listen()
    if args.port_file:
        with open(args.port_file, "w") as file:
            file.write(str(args.listen))
for _ in range(args.children):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(600)
print("ready", flush=True)
if args.close_stdout:
    os.close(1)
    os.close(2)

db = sqlite3.connect(args.db, isolation_level=None)
db.execute("pragma journal_mode=wal")
db.execute("pragma synchronous=off")
db.execute("create table if not exists ledger (id text, key text, seq integer, digest text)")
done = {row[0] for row in db.execute("select id from ledger")}
applied = len(done)
with open(args.dataset) as file:
    for number, line in enumerate(file, 1):
        record = json.loads(line)
        if args.idle or args.stop_after and applied >= args.stop_after:
            break
        if record["id"] in done or number == args.skip:
            continue
        for _ in range(2 if number == args.twice else 1):
            db.execute("insert into ledger values (?, ?, ?, ?)",
                       (record["id"], record["key"], record["seq"], record["digest"]))
        applied += 1
        for _ in range(args.print_mib):
            sys.stdout.write(("x" * 1023 + "\n") * 1024)
        if args.exit_after and applied >= args.exit_after:
            sys.exit(7)
        if args.pace:
            time.sleep(args.pace)
if args.spoil:
    # Past the witness's first look, so that it is the end that cannot be read.
    time.sleep(0.2)
    db.close()
    for suffix in "-wal", "-shm":
        if os.path.exists(args.db + suffix):
            os.remove(args.db + suffix)
    with open(args.db, "wb") as file:
        file.write(b"this is no database" * 1000)
while True:
    time.sleep(600)
