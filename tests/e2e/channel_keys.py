"""What an administrator enters for the accounts of the sandbox; see sandbox/README.md."""

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.e2e.providers import Alipay, WeChatPay, sandbox_file
from tests.e2e.ways import ALIPAY_CERTIFIED, V3_CERTIFIED

SELLERS = {'2021000000000001': '2088102146225135', '2021000000000002': '2088102146225136'}


SERIALS = {
    '1900009191': '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    '1900009192': '33D1B2A4C6E8F00112233445566778899AABBCCD',
}


def v3_keys(provider: WeChatPay) -> dict[str, Any]:
    mchid = provider.account
    values: dict[str, Any] = {
        'mchid': mchid,
        'merchant_serial': SERIALS[mchid],
        'apiv3_key': f'Sandbox{mchid}ApiV3Key0000000',
        'private_key': sandbox_file(f'keys/merchant_{mchid}.key.pem'),
    }
    if provider == V3_CERTIFIED:
        return values | {'verification': 'certificates'}
    return values | {
        'verification': 'public_key',
        'public_key_id': 'PUB_KEY_ID_0119000091912026010100000000000001',
        'public_key_pem': sandbox_file(f'keys/wechatpay_public_key_pair_{mchid}.pub.pem'),
    }


def v2_keys(provider: WeChatPay) -> dict[str, Any]:
    private_key = sandbox_file(f'keys/merchant_{provider.account}.key.pem')
    return {
        'mchid': provider.account,
        'apiv2_key': provider.secret,
        'sign_type': provider.sign_type,
        'private_key': private_key,
        'merchant_certificate': make_certificate(private_key),
    }


def alipay_keys(provider: Alipay) -> dict[str, Any]:
    folder, app_id = 'alipay/keys', provider.account
    values: dict[str, Any] = {
        'alipay_appid': app_id,
        'mchid': SELLERS[app_id],
        'private_key': sandbox_file(f'{folder}/app_{app_id}.key.pem'),
        'verification': 'public_key',
        'public_key_pem': sandbox_file(f'{folder}/alipay_public_key_1.pub.pem'),
    }
    if provider == ALIPAY_CERTIFIED:
        certificate = {'pem': sandbox_file(f'{folder}/alipay_certificate_1.crt.pem')}
        values |= {
            'verification': 'certificates',
            'public_key_pem': False,
            'merchant_certificate': sandbox_file(f'{folder}/app_{app_id}.crt.pem'),
            'root_certificates': sandbox_file(f'{folder}/alipay_root.crt.pem'),
            'certificate_ids': [(0, 0, certificate)],
        }
    return values


def make_certificate(private_key: str) -> str:
    """Return a certificate for a key; the sandbox shows none over plain http."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Merchant')])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
