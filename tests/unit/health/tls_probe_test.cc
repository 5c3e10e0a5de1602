#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <fstream>

#include "health/probes/tls.h"
#include "tests/unit/health/certificates.h"
#include "tests/unit/health/loopback_server.h"
#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kName = "api.example.com";

// What the server saw of the last handshake.
struct Seen {
  std::string server_name;
  bool resumed = false;
};

// Speaks TLS with `context` on a connection, and answers a request.
Conduct serve_tls(std::shared_ptr<asio::ssl::context> context, std::shared_ptr<Seen> seen,
                  std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
  using Stream = asio::ssl::stream<asio::ip::tcp::socket>;
  return [=](std::shared_ptr<asio::ip::tcp::socket> socket) {
    const auto stream = std::make_shared<Stream>(std::move(*socket), *context);
    stream->async_handshake(Stream::server, [=](const auto& error) {
      if (error) return;
      const char* name = SSL_get_servername(stream->native_handle(), TLSEXT_NAMETYPE_host_name);
      *seen = {name == nullptr ? "" : name, SSL_session_reused(stream->native_handle()) == 1};
      const auto request = std::make_shared<std::string>();
      asio::async_read_until(
          *stream, asio::dynamic_buffer(*request), "\r\n", [=](const auto&, std::size_t) {
            const auto text = std::make_shared<std::string>(response);
            asio::async_write(*stream, asio::buffer(*text), [=](const auto&, std::size_t) {
              (void)text;
              (void)request;
              (void)context;
            });
          });
    });
  };
}

class TlsProbes : public ProbeBench {
 protected:
  ~TlsProbes() override { ::unsetenv("SSL_CERT_FILE"); }

  // A server whose certificate is for `name`; probes that verify trust it if `trusted`.
  Conduct server_for(const std::string& name, system_clock::time_point expires, bool trusted,
                     const std::string& response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
    const Certificate made = make_certificate(name, expires);
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    context->use_certificate(asio::buffer(made.certificate), asio::ssl::context::pem);
    context->use_private_key(asio::buffer(made.key), asio::ssl::context::pem);
    SSL_CTX_set_session_id_context(context->native_handle(),
                                   reinterpret_cast<const unsigned char*>("test"), 4);
    if (trusted) {
      const std::string file = ::testing::TempDir() + "authorities.pem";
      std::ofstream(file) << made.certificate;
      ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    }
    return serve_tls(std::move(context), seen_, response);
  }

  model::HttpProbe https(bool verify = false) {
    model::HttpProbe probe;
    probe.target = at(server_.port(), kName);
    probe.tls.emplace();
    probe.tls->verify_certificate = verify;
    return probe;
  }

  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
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
  tls_sessions_ = std::make_shared<TlsSessions>();
  for (const bool resumed : {false, true, true}) {
    const ProbeResult result = probe(https(true));
    EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess) << result.text;
    EXPECT_EQ(seen_->resumed, resumed);
    EXPECT_EQ(result.certificate_expires, next_year_);
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
  EXPECT_THAT(probe(tcp).text, StartsWith("Success: connected to 127.0.0.1:"));
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
