"""The private certificate authority and the certificates of the web sites: computed, never stored.

ECDSA by RFC 6979 is deterministic and every other field follows from names and dates, so the same keys give the same
bytes on every jump host, and a second plan is empty. A certificate counts from the first day of the quarter and
outlives the next one: its renewal is a difference like any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inventory.sealed import Sealed
from inventory.secret_values import tls_key

SITE_DAYS = 200
"""Over two quarters: on its last day in force a certificate still has 100 days or more."""
AUTHORITY_FROM = datetime(2026, 1, 1, tzinfo=UTC)
AUTHORITY_UNTIL = datetime(2046, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Authority:
    """Who signs: the name that its certificate bears, and its private key (PEM)."""

    title: str
    key: Sealed


def quarter(today: date) -> datetime:
    """Midnight UTC at which the quarter of `today` began."""
    return datetime(today.year, 3 * ((today.month - 1) // 3) + 1, 1, tzinfo=UTC)


def authority_certificate(authority: Authority) -> str:
    """PEM, self-signed. Raises ValueError where the key is no P-256 key."""
    key = _key(authority.key)
    builder = _builder(authority, key.public_key(), _name(authority.title), AUTHORITY_FROM, AUTHORITY_UNTIL)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = {"key_cert_sign": True, "crl_sign": True, "digital_signature": False}
    builder = builder.add_extension(_usage(**usage), critical=True)
    return _signed(builder, key)


def site_certificate(authority: Authority, host_name: str, key: Sealed, today: date) -> str:
    """PEM of the certificate in force today for one host name (RFC 6125: a subjectAltName). Raises ValueError."""
    begins = quarter(today)
    public = _key(key).public_key()
    builder = _builder(authority, public, _name(host_name), begins, begins + timedelta(days=SITE_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usage = {"key_cert_sign": False, "crl_sign": False, "digital_signature": True}
    builder = builder.add_extension(_usage(**usage), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host_name)]), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    signer = _key(authority.key)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return _signed(builder.add_extension(issuer, critical=False), signer)


def _builder(
    authority: Authority, public: EllipticCurvePublicKey, subject: x509.Name, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name(authority.title))
        .public_key(public)
        .serial_number(_serial(subject, public, begins))
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _serial(subject: x509.Name, public: EllipticCurvePublicKey, begins: datetime) -> int:
    """Positive and at most 20 octets (RFC 5280, 4.1.2.2); another for every key and quarter."""
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    words = (subject.public_bytes(), spki, begins.isoformat().encode())
    return int.from_bytes(hashlib.sha256(b"".join(words)).digest()[:19], "big") | 1


def _usage(digital_signature: bool, key_cert_sign: bool, crl_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey) -> str:
    made = builder.sign(key, SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.PEM).decode("ascii")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _key(secret: Sealed) -> EllipticCurvePrivateKey:
    key = tls_key(secret)
    if key is None:
        raise ValueError("a TLS key is not a PKCS #8 P-256 private key in PEM")
    return key
