#!/usr/bin/env python3
"""POST /jobs {"id": "..."}: stores the job, answers 202, then does it (a row in the ledger). PORT DATABASE CHECKPOINT_EVERY."""
import http.server, json, sqlite3, sys

port, path, every = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path, isolation_level=None)
for table in "inbox (id text)", "ledger (id text)", "checkpoint (position integer)":
    db.execute("create table if not exists " + table)
position = db.execute("select coalesce(max(position), 0) from checkpoint").fetchone()[0]

class Jobs(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        db.execute("insert into inbox values (?)", (job["id"],))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        work()

def work():  # what a crash interrupted is done again from the checkpoint on: twice, unless every job is one
    global position
    for (job,) in db.execute("select id from inbox where rowid > ? order by rowid", (position,)).fetchall():
        db.execute("begin")
        db.execute("insert into ledger values (?)", (job,))
        position += 1
        if position % every == 0:
            db.execute("insert into checkpoint values (?)", (position,))
        db.execute("commit")

work()
http.server.HTTPServer(("127.0.0.1", port), Jobs).serve_forever()
