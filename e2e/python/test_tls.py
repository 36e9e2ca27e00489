"""A Hearth that speaks TLS, with a certificate that its clients are told to trust."""

import subprocess
from importlib.util import find_spec

import pytest

from hearth import LOCAL_TOKEN, PATIENCE, Hearth, clean_env, program, run_app


@pytest.fixture(scope='module')
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tls')
    cert, key = folder / 'cert.pem', folder / 'key.pem'
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2', '-subj', '/CN=Hearth',
         '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
        check=True, capture_output=True,
    )  # fmt: skip
    server = Hearth(folder / 'server', '--tls-cert', str(cert), '--tls-key', str(key), ca=cert)
    yield server
    assert server.stop() == 0, server.log.read_text()


def test_logfires_sdk(secure):
    sent = run_app('spans', LOGFIRE_BASE_URL=secure.url, LOGFIRE_TOKEN=LOCAL_TOKEN, LOGFIRE_CONSOLE='false', REQUESTS_CA_BUNDLE=str(secure.ca))
    assert 'Logfire API' not in sent.stderr, sent.stderr
    secure.rows("select 1 from records where service_name = 'py-spans'", at_least=14)


@pytest.mark.parametrize('protocol', ['http', 'grpc'])
def test_opentelemetrys_sdk(secure, protocol):
    if protocol == 'grpc' and find_spec('opentelemetry.exporter.otlp.proto.grpc') is None:
        pytest.skip('this venv has no gRPC exporter; the other one has')
    service = f'py-otel-{protocol}'
    endpoint = f'https://{secure.grpc}' if protocol == 'grpc' else secure.url
    sent = run_app(
        'otel', PROTOCOL=protocol, OTEL_SERVICE_NAME=service, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE=str(secure.ca)
    )
    assert 'Failed' not in sent.stderr, sent.stderr
    secure.rows(f"select 1 from records where service_name = '{service}'", at_least=4)


def test_the_command_line(secure):
    assert 'over TLS' in secure.run('query', "select 'over TLS' as how")
    stranger = subprocess.run(
        [program(), 'query', '--base-url', secure.url, 'select 1'], env=clean_env(), capture_output=True, text=True, timeout=PATIENCE
    )
    assert stranger.returncode != 0
    assert 'certificate' in stranger.stderr, stranger.stderr


def test_what_the_server_prints(secure):
    lines = secure.log.read_text().splitlines()
    assert any(line.split() == ['UI', secure.url] for line in lines), lines
    assert any(line.startswith('OTLP') and f'https://{secure.grpc} (gRPC)' in line for line in lines), lines
