"""A proxy of this machine, and TLS hosts behind it with a certificate authority of their own.

``with Proxy(server, folder) as proxy`` answers ``CONNECT iss.moex.com:443`` by speaking TLS for
that host, and leads the request to a `LoopbackServer`: the real clients, with their own addresses,
go through a real proxy and check a real certificate. Keys are made by openssl, once a file.
"""

import contextlib
import http.client
import http.server
import shutil
import ssl
import subprocess
import threading
from urllib.parse import urlsplit

from waiting import LIMIT

OPENSSL = shutil.which("openssl")
_STRICT = """\
basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
"""What newer Pythons ask of a certificate besides its names (X509_V_FLAG_X509_STRICT)."""
HOSTS = ("iss.moex.com", "*.yahoo.com", "*.finance.yahoo.com", "www.cbr.ru")


def _openssl(folder, *arguments):
    subprocess.run(
        [OPENSSL, *arguments], cwd=folder, check=True, capture_output=True, timeout=LIMIT
    )


def authority(folder):
    """Make a certificate authority, and a key and certificate for the hosts of all sources."""
    folder.mkdir()
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    key = ("-newkey", "rsa:2048", "-nodes")
    _openssl(
        folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=Tests", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    _openssl(folder, "req", *key, "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=Hosts")
    (folder / "names").write_text(f"subjectAltName={names}\n{_STRICT}")
    _openssl(
        folder, "x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-out", "host.pem", "-days", "2", "-extfile", "names",
    )  # fmt: skip
    return folder


class Proxy:
    """A proxy whose hosts are answered by a `LoopbackServer`; `asked` names those asked for."""

    def __init__(self, server, keys):
        self.asked = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(keys / "host.pem", keys / "host.key")
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self):
                owner.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):  # whoever asked left: no trust
                    owner._serve(self.connection, self.path.partition(":")[0], server)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _serve(self, connection, host, server):
        """Speak TLS for a host, one request after another, until the client leaves."""
        with self._context.wrap_socket(connection, server_side=True) as secure:
            secure.settimeout(LIMIT)
            with secure.makefile("rb") as asking:
                while request := asking.readline():
                    path = request.split()[1].decode()
                    while asking.readline().strip():
                        pass
                    status, kind, body = _answer(server.address, f"/{host}{path}")
                    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n"
                    head += f"Content-Length: {len(body)}\r\n\r\n"
                    secure.sendall(head.encode() + body)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LIMIT)


def _answer(address, path):
    split = urlsplit(address)
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=LIMIT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "text/plain", answer.read()
    except (TimeoutError, http.client.HTTPException):
        return 502, "text/plain", b""
    finally:
        connection.close()
