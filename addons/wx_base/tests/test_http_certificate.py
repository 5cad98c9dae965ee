import datetime
import ipaddress
import os
import ssl
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from odoo.tests import BaseCase, tagged

from ..tools import http as wx_http


def make_pair(common_name):
    """Return a self-signed certificate for this machine and its key, as PEM texts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address('127.0.0.1'))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


class Handler(BaseHTTPRequestHandler):
    """Says whose certificate it was shown."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        subject = dict(pair[0] for pair in self.connection.getpeercert()['subject'])
        answer = subject['commonName'].encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        """Keep the test's output clean."""


class QuietServer(HTTPServer):
    def handle_error(self, request, client_address):
        """A handshake without a certificate is expected to fail."""


@tagged('post_install', '-at_install')
class TestHttpCertificate(BaseCase):
    """A server that admits nobody without a certificate, as WeChat Pay's refunds do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.pair = make_pair('merchant')
        cls.stranger = make_pair('stranger')
        server_pair = make_pair('server')
        pem = Path(folder) / 'server.pem'
        pem.write_text(''.join(server_pair))
        trusted = Path(folder) / 'trusted.pem'
        trusted.write_text(cls.pair[0])
        cls.authority = Path(folder) / 'authority.pem'
        cls.authority.write_text(server_pair[0])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        context.load_verify_locations(trusted)
        context.verify_mode = ssl.CERT_REQUIRED
        cls.server = QuietServer(('127.0.0.1', 0), Handler)
        cls.server.socket = context.wrap_socket(cls.server.socket, server_side=True)
        thread = threading.Thread(target=cls.server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)

    def _send(self, certificate, authority=None):
        variables = {'REQUESTS_CA_BUNDLE': str(authority or self.authority)}
        with patch.dict(os.environ, variables):
            return wx_http.send(
                'POST',
                f'https://127.0.0.1:{self.server.server_port}/secapi',
                headers={},
                body=b'<xml/>',
                timeout=5,
                certificate=certificate,
            )

    def test_certificate_is_shown(self):
        reply = self._send(wx_http.ClientCertificate(*self.pair))
        self.assertEqual((reply.status, reply.body), (200, b'merchant'))

    def test_without_it_there_is_no_answer(self):
        with self.assertRaises(OSError):
            self._send(None)

    def test_another_one_is_not_admitted(self):
        with self.assertRaises(OSError):
            self._send(wx_http.ClientCertificate(*self.stranger))

    def test_the_server_is_verified_all_the_same(self):
        other = self.authority.with_name('trusted.pem')
        with self.assertRaises(OSError):
            self._send(wx_http.ClientCertificate(*self.pair), other)

    def test_nothing_stays_on_the_disk(self):
        with tempfile.TemporaryDirectory() as folder:
            self.patch(tempfile, 'tempdir', folder)
            self._send(wx_http.ClientCertificate(*self.pair))
            self.assertEqual(os.listdir(folder), [])

    def test_key_is_never_written_in_clear(self):
        written = []

        def load(context, path, password=None):
            written.append(Path(path).read_text())
            self.assertEqual(Path(path).stat().st_mode & 0o777, 0o600)

        with patch.object(ssl.SSLContext, 'load_cert_chain', load):
            wx_http._tls_context(wx_http.ClientCertificate(*self.pair))
        self.assertIn('ENCRYPTED PRIVATE KEY', written[0])
        self.assertNotIn('BEGIN PRIVATE KEY', written[0])

    def test_key_is_not_printed(self):
        self.assertNotIn('PRIVATE', repr(wx_http.ClientCertificate(*self.pair)))
