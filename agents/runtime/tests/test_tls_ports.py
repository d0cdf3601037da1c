"""TLS of an agent's two ports and of the links to it, with certificates of a throw-away authority."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.certificates import CertificateFolder

from askwire_agent import StartFailed
from askwire_protocol.client import open_link
from askwire_protocol.errors import ConnectionFailed
from askwire_protocol.http_client import open_http_link
from askwire_protocol.tls import TlsTrust


@pytest.fixture
def certificates(tmp_path: Path) -> CertificateFolder:
    """Certificate, key and authority for this machine's own names."""
    return CertificateFolder(tmp_path / "tls")


def urls_of(served: Any, host: str = "127.0.0.1") -> tuple[str, str]:
    """Return the addresses of both ports."""
    return f"wss://{host}:{served.service.websocket_port}", f"https://{host}:{served.service.http_port}"


async def reason_of(served: Any, url: str, trust: TlsTrust) -> str:
    """Return why no link can be opened, which has to be a refusal that lasts."""
    with pytest.raises(ConnectionFailed) as failed:
        await (open_link(url, tls=trust) if url.startswith("wss") else open_http_link(url, tls=trust))
    assert failed.value.lasting
    return failed.value.reason


async def presented(port: int, ca_file: Path) -> bytes:
    """Return the certificate that a port shows now."""
    context = ssl.create_default_context(cafile=str(ca_file))
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return shown


async def test_both_ports_speak_tls(serving: Any, certificates: CertificateFolder) -> None:
    """Links with the authority's file get their answers over both transports, by address and by name."""
    trust = TlsTrust(str(certificates.ca_file))
    async with serving(**certificates.settings) as served:
        for host in ("127.0.0.1", "localhost"):
            websocket_url, http_url = urls_of(served, host)
            link = await open_link(websocket_url, tls=trust)
            assert link.welcome.agent == "test-agent"
            await link.close()
            http_link = await open_http_link(http_url, tls=trust)
            assert (await http_link.heartbeat(timeout_s=5))[1].from_ == "test-agent"
            await http_link.close()


@pytest.mark.parametrize("index", [0, 1])
async def test_plain_addresses_do_not_work_on_tls_ports(
    serving: Any, certificates: CertificateFolder, index: int
) -> None:
    """Nothing is served unencrypted beside it, and a link fails instead of waiting."""
    async with serving(**certificates.settings) as served:
        url = urls_of(served)[index].replace("wss", "ws").replace("https", "http")
        with pytest.raises(ConnectionFailed):
            await (open_link(url) if index == 0 else open_http_link(url))


async def test_tls_addresses_of_plain_ports_are_said_in_words(serving: Any) -> None:
    """Who asks a port without TLS by a TLS address learns just that."""
    async with serving() as served:
        websocket_url, http_url = urls_of(served)
        with pytest.raises(ConnectionFailed, match="perhaps it does not speak TLS there"):
            await open_link(websocket_url)
        with pytest.raises(ConnectionFailed, match="it does not speak TLS on that port"):
            await open_http_link(http_url)


@pytest.mark.parametrize("index", [0, 1])
async def test_certificates_of_strangers_are_not_accepted(
    serving: Any, certificates: CertificateFolder, index: int
) -> None:
    """Neither the system's authorities nor another one vouch for the port's certificate."""
    async with serving(**certificates.settings) as served:
        url = urls_of(served)[index]
        for trust in (TlsTrust(), TlsTrust(str(_other_authority(certificates.path / "other.crt")))):
            assert "not trusted here" in await reason_of(served, url, trust)


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    ("issue", "clause"),
    [
        ({"expired": True}, "its certificate has expired"),
        ({"names": ("agent.example",)}, "its certificate is for another address"),
    ],
)
async def test_wrong_certificates_are_said_in_words(
    serving: Any, certificates: CertificateFolder, issue: dict[str, Any], clause: str, index: int
) -> None:
    """An expired certificate, or one for another host, is one clear clause over both transports."""
    certificates.issue(*issue.get("names", ()), expired=issue.get("expired", False))
    async with serving(**certificates.settings) as served:
        reason = await reason_of(served, urls_of(served)[index], TlsTrust(str(certificates.ca_file)))
        assert reason.startswith(clause)


async def test_new_certificates_count_without_a_restart(serving: Any, certificates: CertificateFolder) -> None:
    """Both ports show the new certificate from the next connection on; open ones go on."""
    trust = TlsTrust(str(certificates.ca_file))
    async with serving(**certificates.settings) as served:
        ports = (served.service.websocket_port, served.service.http_port)
        link = await open_link(urls_of(served)[0], tls=trust)
        before = [await presented(port, certificates.ca_file) for port in ports]
        certificates.issue()
        after = [await presented(port, certificates.ca_file) for port in ports]
        assert before[0] == before[1]
        assert after[0] == after[1] != before[0]
        assert (await link.heartbeat(timeout_s=5))[1].from_ == "test-agent"
        await link.close()


async def test_a_new_authority_counts_without_a_restart(serving: Any, certificates: CertificateFolder) -> None:
    """Who trusts by file reads the file anew for the next link."""
    trust = TlsTrust(str(certificates.ca_file))
    authority = trustme.CA()
    async with serving(**certificates.settings) as served:
        await (await open_link(urls_of(served)[0], tls=trust)).close()
        certificates.issue(authority=authority)
        assert "not trusted" in await reason_of(served, urls_of(served)[0], trust)
        authority.cert_pem.write_to_path(str(certificates.ca_file))
        await (await open_link(urls_of(served)[0], tls=trust)).close()


async def test_new_files_that_cannot_be_used_leave_the_old_ones(
    serving: Any, certificates: CertificateFolder, capsys: Any
) -> None:
    """Half a renewal does not close the port: the certificate stays and the log says why, once."""
    async with serving(**certificates.settings) as served:
        port = served.service.http_port
        before = await presented(port, certificates.ca_file)
        certificates.key_file.write_text("no key")
        assert await presented(port, certificates.ca_file) == before
        assert await presented(port, certificates.ca_file) == before
        certificates.issue()
        assert await presented(port, certificates.ca_file) != before
    assert capsys.readouterr().out.count("cannot be used") == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_old_versions_of_tls_are_refused(
    serving: Any, certificates: CertificateFolder, version: ssl.TLSVersion
) -> None:
    """Nothing below TLS 1.2 is spoken."""
    context = ssl.create_default_context(cafile=str(certificates.ca_file))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    async with serving(**certificates.settings) as served:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", served.service.http_port, ssl=context)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tls_key_file": None}, "TLS_CERT_FILE is set and TLS_KEY_FILE is not; TLS needs both."),
        ({"tls_cert_file": None}, "TLS_KEY_FILE is set and TLS_CERT_FILE is not; TLS needs both."),
        ({"tls_key_file": "/no/such"}, "cannot be used: No such file or directory."),
    ],
)
async def test_files_that_cannot_be_used_stop_the_start(
    serving: Any, certificates: CertificateFolder, changes: dict[str, Any], sentence: str
) -> None:
    """Half a setting or a missing file is one sentence at the start, not an open port without TLS."""
    with pytest.raises(BaseExceptionGroup) as caught:
        async with serving(**{**certificates.settings, **changes}):
            pass
    (problem,) = caught.value.exceptions
    assert isinstance(problem, StartFailed)
    assert str(problem).endswith(sentence)


async def test_a_key_of_another_certificate_stops_the_start(serving: Any, certificates: CertificateFolder) -> None:
    """Files that do not belong together are one sentence."""
    key = certificates.key_file.read_bytes()
    certificates.issue()
    certificates.key_file.write_bytes(key)
    with pytest.raises(BaseExceptionGroup) as caught:
        async with serving(**certificates.settings):
            pass
    assert "cannot be used: key values mismatch." in str(caught.value.exceptions[0])


async def test_an_authority_file_that_cannot_be_read_is_said_in_words(
    serving: Any, certificates: CertificateFolder
) -> None:
    """A link whose file is missing fails with the file's name, over both transports."""
    async with serving(**certificates.settings) as served:
        for url in urls_of(served):
            reason = await reason_of(served, url, TlsTrust("/no/such/ca.crt"))
            assert reason == (
                "The authorities' certificates in /no/such/ca.crt (TLS_CA_FILE) cannot be used: "
                "No such file or directory"
            )


def _other_authority(path: Path) -> Path:
    trustme.CA().cert_pem.write_to_path(str(path))
    return path
