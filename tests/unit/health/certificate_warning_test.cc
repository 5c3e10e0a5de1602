#include "health/certificate_warning.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <vector>

namespace signpost::health {
namespace {

using std::chrono::days;
using std::chrono::system_clock;

// A check of `kind` whose target has shown a certificate that expires after `left`.
RunningCheckPtr check_of(boost::asio::io_context& io, model::CheckKind kind, days left) {
  auto config = std::make_shared<model::HealthCheck>();
  config->id = "shop";
  config->kind = std::move(kind);
  auto check = std::make_shared<RunningCheck>(io, config);
  check->state.certificate_expires = system_clock::now() + left;
  return check;
}

std::vector<model::CheckKind> kinds_over_tls(std::uint32_t warning_days) {
  model::TlsOptions tls;
  tls.certificate_warning_days = warning_days;
  model::HttpProbe http;
  http.tls = tls;
  model::TcpProbe tcp;
  tcp.tls = tls;
  model::GrpcProbe grpc;
  grpc.tls = tls;
  model::MetricCheck metric;
  metric.tls = tls;
  return {http, tcp, grpc, metric};
}

TEST(CertificateWarning, ComesOnceADayForEveryKindOfCheckOverTls) {
  boost::asio::io_context io;
  for (const model::CheckKind& kind : kinds_over_tls(7)) {
    const RunningCheckPtr check = check_of(io, kind, days(5));
    const auto event = warn_of_certificate(*check);
    ASSERT_TRUE(event) << model::kind_name(kind);
    EXPECT_EQ(event->expires, check->state.certificate_expires);
    EXPECT_TRUE(check->state.certificate_expires_soon);
    EXPECT_FALSE(warn_of_certificate(*check));
    check->warned_of_certificate = std::chrono::steady_clock::now() - days(1);
    EXPECT_TRUE(warn_of_certificate(*check));
  }
}

TEST(CertificateWarning, WaitsForTheDaysThatTheCheckSays) {
  boost::asio::io_context io;
  for (const model::CheckKind& kind : kinds_over_tls(7)) {
    const RunningCheckPtr check = check_of(io, kind, days(8));
    EXPECT_FALSE(warn_of_certificate(*check)) << model::kind_name(kind);
    EXPECT_FALSE(check->state.certificate_expires_soon);
  }
}

TEST(CertificateWarning, NeverComesForChecksThatWantNone) {
  boost::asio::io_context io;
  for (const model::CheckKind& kind : kinds_over_tls(0))
    EXPECT_FALSE(warn_of_certificate(*check_of(io, kind, days(-1)))) << model::kind_name(kind);
}

}  // namespace
}  // namespace signpost::health
