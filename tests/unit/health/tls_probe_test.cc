#include <cstdlib>

#include "health/probes/probe_memory.h"
#include "tests/support/folder.h"
#include "tests/support/tls_server.h"
#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kName = "api.example.com";

class TlsProbes : public ProbeBench {
 protected:
  ~TlsProbes() override { ::unsetenv("SSL_CERT_FILE"); }

  // A server whose certificate is for `name`; probes that verify trust it if `trusted`.
  Conduct server_for(const std::string& name, system_clock::time_point expires, bool trusted,
                     const std::string& response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
    const Certificate made = make_certificate(name, expires);
    if (trusted) {
      const std::string file = folder_.write("authorities.pem", made.certificate);
      ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    }
    return serve_tls(server_context(made), seen_, response);
  }

  model::HttpProbe https(bool verify = false) {
    model::HttpProbe probe;
    probe.target = at(server_.port(), kName);
    probe.tls.emplace();
    probe.tls->verify_certificate = verify;
    return probe;
  }

  std::shared_ptr<SeenHandshake> seen_ = std::make_shared<SeenHandshake>();
  Folder folder_;
  LoopbackServer server_{io_, stay_silent()};
  const system_clock::time_point next_year_ =
      std::chrono::floor<std::chrono::seconds>(system_clock::now()) + std::chrono::days(365);
};

TEST_F(TlsProbes, DoNotJudgeTheCertificateUnlessTold) {
  server_.set_conduct(server_for("other.example.com", next_year_, false));
  const ProbeResult result = probe(https());
  EXPECT_THAT(result.text, StartsWith("Success: HTTP status 200 from 127.0.0.1:"));
  EXPECT_EQ(result.certificate_expires, next_year_);
}

TEST_F(TlsProbes, SendTheServerNameUnlessToldNotTo) {
  server_.set_conduct(server_for(kName, next_year_, false));
  probe(https());
  EXPECT_EQ(seen_->server_name, kName);
  model::HttpProbe nameless = https();
  nameless.tls->enable_sni = false;
  probe(nameless);
  EXPECT_EQ(seen_->server_name, "");
  nameless = https();
  nameless.target.host = "";
  probe(nameless);
  EXPECT_EQ(seen_->server_name, "");
}

// Makes a server show another certificate to those who tell a name, or end their handshake.
class WithServerName : public TlsProbes {
 protected:
  void serve(const Certificate& nameless, SSL_CTX* named) {
    const auto context = server_context(nameless);
    SSL_CTX_set_tlsext_servername_arg(context->native_handle(), named);
    SSL_CTX_set_tlsext_servername_callback(context->native_handle(), &choose);
    server_.set_conduct(serve_tls(context, seen_, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  }

 private:
  static int choose(SSL* ssl, int*, void* named) {
    if (SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) == nullptr) return SSL_TLSEXT_ERR_OK;
    if (named == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(named));
    return SSL_TLSEXT_ERR_OK;
  }
};

TEST_F(WithServerName, ACertificateOfAnotherNameIsFollowedByOneHandshakeWithoutIt) {
  server_.set_conduct(server_for("other.example.com", next_year_, false));
  EXPECT_EQ(probe(https()).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(server_.connections(), 2);
  EXPECT_EQ(seen_->server_name, "");
}

TEST_F(WithServerName, TheCertificateOfTheSecondHandshakeIsTheOneThatCounts) {
  const auto other = server_context(make_certificate("other.example.com", next_year_));
  const Certificate right = make_certificate(kName, next_year_ + std::chrono::days(1));
  serve(right, other->native_handle());
  EXPECT_EQ(probe(https()).certificate_expires, next_year_ + std::chrono::days(1));
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(WithServerName, AHandshakeThatTheServerEndsBecauseOfItIsNotRepeated) {
  serve(make_certificate(kName, next_year_), nullptr);
  EXPECT_THAT(probe(https()).text, HasSubstr("unrecognized name"));
  EXPECT_EQ(server_.connections(), 1);
  model::HttpProbe nameless = https();
  nameless.tls->enable_sni = false;
  EXPECT_EQ(probe(nameless).outcome, ProbeOutcome::kSuccess);
}

TEST_F(WithServerName, ACertificateThatHasItIsNotFollowedByAnotherHandshake) {
  server_.set_conduct(server_for("*.example.com", next_year_, false));
  EXPECT_EQ(probe(https()).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(WithServerName, ConnectionsOfTheSecondHandshakeAreKept) {
  memory_ = std::make_shared<ProbeMemory>(settings_.kept_connections);
  server_.set_conduct(serve_tls(server_context(make_certificate("other.example.com", next_year_)),
                                seen_, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 3));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(probe(https()).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(server_.connections(), 4);
  EXPECT_EQ(*seen_, (SeenHandshake{"", false}));
}

TEST_F(TlsProbes, VerifyTheCertificateWhenTold) {
  server_.set_conduct(server_for(kName, next_year_, true));
  EXPECT_EQ(probe(https(true)).outcome, ProbeOutcome::kSuccess);
  model::HttpProbe other = https(true);
  other.target.host = "www.example.com";
  EXPECT_THAT(probe(other).text, HasSubstr("its certificate is not accepted: hostname mismatch"));
  other.target.host = "";
  EXPECT_THAT(probe(other).text, HasSubstr("its certificate is not accepted: IP address mismatch"));
}

TEST_F(TlsProbes, VerifyAnAddressWhereThereIsNoName) {
  server_.set_conduct(server_for("127.0.0.1", next_year_, true));
  model::HttpProbe probe_of_address = https(true);
  probe_of_address.target.host = "";
  EXPECT_EQ(probe(probe_of_address).outcome, ProbeOutcome::kSuccess);
}

TEST_F(TlsProbes, RefuseAnAuthorityThatIsNotTrustedAndAnExpiredCertificate) {
  server_.set_conduct(server_for(kName, next_year_, false));
  EXPECT_THAT(probe(https(true)).text, HasSubstr("its certificate is not accepted: self-signed"));
  settings_.tls = std::make_shared<TlsContexts>();  // which reads the authorities anew
  server_.set_conduct(server_for(kName, system_clock::now() - std::chrono::hours(1), true));
  EXPECT_THAT(probe(https(true)).text,
              HasSubstr("its certificate is not accepted: certificate has expired"));
  EXPECT_EQ(probe(https(false)).outcome, ProbeOutcome::kSuccess);
}

TEST_F(TlsProbes, ResumeTheSessionOfTheProbeBefore) {
  server_.set_conduct(server_for(kName, next_year_, true));
  memory_ = std::make_shared<ProbeMemory>(settings_.kept_connections);
  for (const bool resumed : {false, true, true}) {
    const ProbeResult result = probe(https(true));
    EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess) << result.text;
    EXPECT_EQ(seen_->resumed, resumed);
    EXPECT_EQ(result.certificate_expires, next_year_);
  }
}

TEST_F(TlsProbes, UseTheConnectionOfTheProbeBeforeAndResumeItsSessionOnceItIsClosed) {
  const std::string page = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready";
  server_.set_conduct(
      serve_tls(server_context(make_certificate(kName, next_year_)), seen_, page, 3));
  memory_ = std::make_shared<ProbeMemory>(settings_.kept_connections);
  for (int i = 0; i < 6; ++i) {
    const ProbeResult result = probe(https());
    EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess) << result.text;
    EXPECT_EQ(server_.connections(), i < 3 ? 1 : 2);
    EXPECT_EQ(seen_->resumed, i >= 3);
  }
}

TEST_F(TlsProbes, SearchTheBody) {
  server_.set_conduct(
      server_for(kName, next_year_, false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready"));
  model::HttpProbe searching = https();
  searching.search_string = "ready";
  EXPECT_EQ(probe(searching).outcome, ProbeOutcome::kSuccess);
}

TEST_F(TlsProbes, OverTcpHandshakeAndExpect) {
  server_.set_conduct(server_for(kName, next_year_, false, "250 OK\r\n"));
  model::TcpProbe tcp{at(server_.port(), kName), model::TlsOptions{}, "", ""};
  const ProbeResult connected = probe(tcp);
  EXPECT_THAT(connected.text, StartsWith("Success: connected to 127.0.0.1:"));
  EXPECT_EQ(connected.certificate_expires, next_year_);
  tcp.send = "NOOP\r\n";
  tcp.expect = "250 ";
  EXPECT_EQ(probe(tcp).outcome, ProbeOutcome::kSuccess);
}

TEST_F(TlsProbes, EndAtTheirLimitWhereTheHandshakeHangs) {
  settings_.limits.tls_handshake = milliseconds(150);
  EXPECT_THAT(probe(https()).text, HasSubstr("no TLS handshake with 127.0.0.1:"));
  server_.set_conduct(drip(std::string(1000, '\x16'), milliseconds(10)));
  EXPECT_THAT(probe(https()).text, HasSubstr("no TLS handshake with 127.0.0.1:"));
}

TEST_F(TlsProbes, FailWhatDoesNotSpeakTls) {
  server_.set_conduct(flood("HTTP/1.1 400 Bad Request\r\n\r\n", std::string(4096, 'x')));
  EXPECT_THAT(probe(https()).text, HasSubstr("wrong version number"));
  server_.set_conduct(close_at_once());
  EXPECT_THAT(probe(https()).text, HasSubstr("no TLS handshake with 127.0.0.1:"));
}

}  // namespace
}  // namespace signpost::health
