"""What the benches share: servers started and stopped, CPU time read from /proc, wrk's figures, medians."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def process_tree(pid):
    """The process and all below it."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found


def cpu_seconds(pid):
    """User and system time of the whole tree."""
    ticks = 0
    for one in process_tree(pid):
        with contextlib.suppress(OSError):
            with open(f"/proc/{one}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def resident_mib(pid):
    kib = 0
    for one in process_tree(pid):
        with contextlib.suppress(OSError):
            with open(f"/proc/{one}/status") as f:
                kib += int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
    return kib / 1024


def wait_for_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}")


class Servers:
    """Everything that was started, ended again by its own process id."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="varco-bench-")
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in reversed(self.running):
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, *args, **kwargs):
        p = subprocess.Popen(args, **kwargs)
        self.running.append(p)
        return p

    def nginx(self, name, server_lines, http_lines=""):
        """One nginx with two workers; returns its process and port."""
        port = free_port()
        where = os.path.join(self.dir, name)
        os.mkdir(where)
        with open(f"{where}/nginx.conf", "w") as f:
            f.write(
                f"daemon off; worker_processes 2; pid {where}/pid; error_log {where}/error.log;\n"
                "worker_rlimit_nofile 65536;\n"
                "events { worker_connections 16384; multi_accept on; }\n"
                "http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s;\n"
                f"client_body_temp_path {where}/body; proxy_temp_path {where}/proxy;\n"
                f"fastcgi_temp_path {where}/f; uwsgi_temp_path {where}/u; scgi_temp_path {where}/s;\n"
                f"{http_lines}\n"
                f"server {{ listen 127.0.0.1:{port} reuseport backlog=8192;\n{server_lines}\n}} }}\n"
            )
        p = self.start("nginx", "-e", f"{where}/error.log", "-p", where, "-c", f"{where}/nginx.conf")
        wait_for_port(port)
        return p, port

    def varco(self, upstream_port, **settings):
        """A gateway with an empty store; returns its process, port and admin token."""
        state = os.path.join(self.dir, "state")
        env = dict(
            os.environ,
            VARCO_SERVER_LISTEN="127.0.0.1:0",
            VARCO_SERVER_STATE_DIR=state,
            VARCO_UPSTREAM_BASE_URL=f"http://127.0.0.1:{upstream_port}",
            VARCO_POLICY_MODE="enforce",
            VARCO_LOG_LEVEL="warn",
            VARCO_STORE_LOW_PERCENT="0",  # whatever disk this machine has
            VARCO_STORE_LOW_MIB="0",
            VARCO_STORE_STOP_PERCENT="0",
        )
        env.update(settings)
        p = self.start(os.environ["VARCO_BIN"], "serve", env=env, stdout=subprocess.PIPE, text=True)
        line = p.stdout.readline()
        port = int(re.search(r"listening \S+:(\d+)", line).group(1))
        with open(f"{state}/admin.token") as f:
            return p, port, f.read().strip()


class Api:
    def __init__(self, port, token):
        self.port, self.token = port, token

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        c.request(method, path, json.dumps(body) if body is not None else None,
                  {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        return c.getresponse()

    def call(self, method, path, body=None, patience=0):
        """The answer's JSON; while the gateway says that it is busy, asks again for so many seconds."""
        end = time.monotonic() + patience
        r = self.ask(method, path, body)
        while r.status == 503 and time.monotonic() < end:
            time.sleep(1)
            r = self.ask(method, path, body)
        text = r.read().decode()
        if r.status >= 300:
            sys.exit(f"{method} {path}: {r.status} {text[:500]}")
        return json.loads(text) if text else None

    def metrics(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request("GET", "/metrics")
        text = c.getresponse().read().decode()
        return {m.group(1): float(m.group(2)) for m in re.finditer(r"^(varco_\w+) (\S+)$", text, re.M)}


def nginx_requests(port):
    """How many requests this nginx has taken (stub_status), its own question included."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    c.request("GET", "/status")
    return int(c.getresponse().read().decode().split("\n")[2].split()[2])


def wrk(port, path, script, connections, seconds, threads=2, env=None):
    """Requests per second, p50 in milliseconds and how many answers were not 2xx."""
    out = subprocess.run(
        ["wrk", f"-t{min(threads, connections)}", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
         os.path.join(HERE, script), f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True, env=dict(os.environ, **(env or {}))).stdout
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    p50 = re.search(r"50%\s+([\d.]+)(us|ms|s)", out)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return {
        "rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
        "requests": requests,
        "p50_ms": float(p50.group(1)) * unit[p50.group(2)],
        "p99_ms": float(p99.group(1)) * unit[p99.group(2)],
        "bad": int(bad.group(1)) if bad else 0,
        "text": out,
    }


def measured(process, run):
    """run() with the CPU microseconds per request of the process tree added."""
    before = cpu_seconds(process.pid)
    r = run()
    r["cpu_us"] = (cpu_seconds(process.pid) - before) * 1e6 / max(1, r["requests"])
    return r


def median(rows, key):
    return statistics.median(r[key] for r in rows)


def paired_ratio(a, b, key):
    """The median of the ratios of each round: what the machine does to both in one round cancels out."""
    return statistics.median(x[key] / y[key] for x, y in zip(a, b))
