"""Keys made on demand: a key pair for JWT_ALGORITHM=EdDSA and a certificate for HTTPS=on."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from lab.stack.home import Home, write_private

PEM = serialization.Encoding.PEM


def token_keys(home: Home) -> tuple[str, str]:
    """Return the (private, public) key as PEM. Only core_api gets the private key and can sign."""
    path = home.secrets / "jwt_ed25519.pem"
    if not path.exists():
        write_private(path, _private_pem(ed25519.Ed25519PrivateKey.generate()))
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    public = private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return path.read_text(), public.decode()


def certificate(home: Home) -> Path:
    """Return the path of a self-signed certificate for localhost.

    Certificate and key are in one PEM file, because HAProxy reads them from one.
    """
    path = home.secrets / "tls.pem"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        today = datetime.datetime.now(datetime.UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=1))
            .not_valid_after(today + datetime.timedelta(days=397))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_private(path, signed.public_bytes(PEM).decode() + _private_pem(key))
    return path


def _private_pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
