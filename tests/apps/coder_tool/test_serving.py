"""`unitwise serve` and `unitwise log` from the command line."""

import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx2 as httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nlp_pipeline.apps.cli import parser
from nlp_pipeline.errors import ServeRefused
from tests.apps.coder_tool.conftest import new_person
from tests.apps.coder_tool.postgres_server import free_port
from tests.apps.conftest import ROOT, environment


def ordered(*arguments):
    """Run `unitwise serve` in this process, as far as it comes."""
    order = parser().parse_args(["serve", *map(str, arguments)])
    return order.run(order)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "unitwise test")]), datetime.now(UTC)
    named = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1))
    made = builder.add_extension(named, critical=False).sign(key, hashes.SHA256())
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "others could listen"),
        (["--host", "192.0.2.7"], "others could listen"),
        (["--tls-cert", "cert.pem"], "only one is given"),
        (["--tls-cert", "no.pem", "--tls-key", "no.key"], "There is no file no.pem"),
        (["--database", "mysql://x/y"], "mysql is not supported"),
        (["--database", "not an address"], "cannot be read"),
        (["--new-link", "nobody"], "There is no account 'nobody'"),
        (["--queue", "/nowhere"], "holds no review run"),
        (["--openid", "/nowhere.toml"], "cannot be read"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(tmp_path, arguments, said):
    with pytest.raises(ServeRefused, match=said):
        ordered("--data", tmp_path, *arguments)


def test_a_password_in_an_address_is_not_shown(tmp_path):
    with pytest.raises(ServeRefused) as refused:
        ordered("--data", tmp_path, "--database", f"postgresql://ann:hidden@127.0.0.1:{free_port()}/x")
    assert "hidden" not in str(refused.value)


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServeRefused, match="cannot be listened on"):
        ordered("--data", tmp_path, "--port", taken.getsockname()[1])


@pytest.mark.parametrize("port", ["70000", "0", "-1", "http"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["serve", "--port", port])
    assert ended.value.code == 2


def test_a_new_link_is_printed_for_someone_who_lost_hers(tmp_path, make_store, capsys):
    store = make_store(f"sqlite:///{tmp_path / 'coder_tool.db'}")
    new_person(store, "ann", "coder")
    assert ordered("--data", tmp_path, "--new-link", "Ann") == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:8765/set-up/[\w-]{43}\n", capsys.readouterr().out)


def test_without_its_libraries_the_tool_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ServeRefused, match=r"unitwise\[serve\]"):
        ordered("--data", tmp_path)


def test_help_and_other_commands_open_nothing_of_the_tool():
    heavy = "{'fastapi', 'sqlalchemy', 'uvicorn', 'argon2', 'spacy', 'sklearn', 'httpx2'}"
    program = f"import sys; from nlp_pipeline.apps.cli import parser; parser().format_help(); sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_tool_starts_over_tls_prints_one_link_and_ends_with_ctrl_c(command, tmp_path, certificate):
    cert, key = certificate
    port = free_port()
    order = [*command, "serve", "--data", tmp_path, "--port", port, "--tls-cert", cert, "--tls-key", key]
    process = subprocess.Popen([*map(str, order)], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        page = answered(f"https://127.0.0.1:{port}/sign-in", ssl.create_default_context(cafile=str(cert)), process)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert page.status_code == 200
    assert "max-age" in page.headers["strict-transport-security"]
    assert "secure" in page.headers["set-cookie"].lower()
    assert len(re.findall(r"/set-up/", told)) == 1
    assert process.returncode == 0
    assert "GET" not in told


def answered(address, context, process):
    """Ask until the server answers."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        try:
            return httpx.get(address, verify=context, headers={"accept": "text/html"})
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError("the server did not start")
