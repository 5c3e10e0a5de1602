#include "health/target.h"

#include <gtest/gtest.h>

namespace signpost::health {
namespace {

model::HealthCheck http_check() {
  model::HealthCheck check;
  check.id = "api-primary";
  check.address = "192.0.2.1";
  check.resource_path = "/health?full=1";
  return check;
}

std::string request_with_host(const std::string& host) {
  return "GET /health?full=1 HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: Signpost-Health-Check (ref api-primary)\r\nAccept: */*\r\n"
         "Connection: close\r\n\r\n";
}

TEST(Target, NamesEndpointsAsPeopleWriteThem) {
  model::HealthCheck check = http_check();
  check.port = 8080;
  EXPECT_EQ(endpoint_text(check), "192.0.2.1:8080");
  EXPECT_EQ(target_text(check), "http://192.0.2.1:8080/health?full=1");
  check.address = "2001:db8::1";
  EXPECT_EQ(target_text(check), "http://[2001:db8::1]:8080/health?full=1");
  check.kind = model::ProbeKind::kTcp;
  EXPECT_EQ(target_text(check), "tcp://[2001:db8::1]:8080");
}

TEST(Target, SendsTheHostBareOnPort80AndWithThePortElsewhere) {
  model::HealthCheck check = http_check();
  check.host = "api.example.com";
  EXPECT_EQ(request_text(check), request_with_host("api.example.com"));
  check.port = 8080;
  EXPECT_EQ(request_text(check), request_with_host("api.example.com:8080"));
}

TEST(Target, SendsTheBareAddressWithoutAHost) {
  model::HealthCheck check = http_check();
  check.port = 8080;
  EXPECT_EQ(request_text(check), request_with_host("192.0.2.1"));
  check.address = "2001:db8::1";
  EXPECT_EQ(request_text(check), request_with_host("[2001:db8::1]"));
}

TEST(Target, BeginsEveryPathWithASlash) {
  model::HealthCheck check = http_check();
  check.resource_path = "";
  EXPECT_EQ(request_text(check).substr(0, 16), "GET / HTTP/1.1\r\n");
  check.resource_path = "status";
  EXPECT_EQ(request_text(check).substr(0, 22), "GET /status HTTP/1.1\r\n");
}

TEST(Target, LetsNoFieldEndItsLine) {
  model::HealthCheck check = http_check();
  check.id = "x\r\nA: b";
  check.host = "h\r\nC: d";
  check.resource_path = "/a b\r\nE: f";
  EXPECT_EQ(request_text(check),
            "GET /a%20b%0D%0AE:%20f HTTP/1.1\r\nHost: h%0D%0AC:%20d\r\n"
            "User-Agent: Signpost-Health-Check (ref x%0D%0AA:%20b)\r\nAccept: */*\r\n"
            "Connection: close\r\n\r\n");
}

}  // namespace
}  // namespace signpost::health
