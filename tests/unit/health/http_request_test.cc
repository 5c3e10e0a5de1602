#include "health/probes/http_request.h"

#include <gtest/gtest.h>

namespace signpost::health {
namespace {

model::HttpProbe http_probe() {
  model::HttpProbe probe;
  probe.target.address = "192.0.2.1";
  probe.resource_path = "/health?full=1";
  return probe;
}

std::string request_with_host(const std::string& host) {
  return "GET /health?full=1 HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: Signpost-Health-Check (ref api-primary)\r\nAccept: */*\r\n"
         "Connection: close\r\n\r\n";
}

TEST(Target, IsWrittenAsPeopleWriteIt) {
  model::HttpProbe probe = http_probe();
  probe.target.port = 8080;
  EXPECT_EQ(model::endpoint_text(probe.target), "192.0.2.1:8080");
  EXPECT_EQ(model::target_text(probe), "http://192.0.2.1:8080/health?full=1");
  probe.target.address = "2001:db8::1";
  probe.tls.emplace();
  EXPECT_EQ(model::target_text(probe), "https://[2001:db8::1]:8080/health?full=1");
  model::TcpProbe tcp{.target = {.address = "", .host = "db.example.com", .port = 5432},
                      .tls = {},
                      .send = "",
                      .expect = ""};
  EXPECT_EQ(model::target_text(tcp), "tcp://db.example.com:5432");
  EXPECT_EQ(model::target_text(model::CalculatedCheck{{"a", "b"}, 1}), "1 of a, b");
  EXPECT_EQ(model::target_text(model::IcmpProbe{{.address = "::1", .host = "", .port = 0}}),
            "icmp://[::1]");
}

TEST(HttpRequest, SendsTheHostBareOnTheDefaultPortAndWithThePortElsewhere) {
  model::HttpProbe probe = http_probe();
  probe.target.host = "api.example.com";
  EXPECT_EQ(request_text(probe, "api-primary", false), request_with_host("api.example.com"));
  probe.target.port = 443;
  EXPECT_EQ(request_text(probe, "api-primary", false), request_with_host("api.example.com:443"));
  probe.tls.emplace();
  EXPECT_EQ(request_text(probe, "api-primary", false), request_with_host("api.example.com"));
}

TEST(HttpRequest, AsksForTheConnectionToBeKept) {
  const std::string text = request_text(http_probe(), "a", true);
  EXPECT_TRUE(text.ends_with("Accept: */*\r\nConnection: keep-alive\r\n\r\n")) << text;
}

TEST(HttpRequest, SendsTheBareAddressWithoutAHost) {
  model::HttpProbe probe = http_probe();
  probe.target.port = 8080;
  EXPECT_EQ(request_text(probe, "api-primary", false), request_with_host("192.0.2.1"));
  probe.target.address = "2001:db8::1";
  EXPECT_EQ(request_text(probe, "api-primary", false), request_with_host("[2001:db8::1]"));
}

TEST(HttpRequest, BeginsEveryPathWithASlash) {
  model::HttpProbe probe = http_probe();
  probe.resource_path = "";
  EXPECT_EQ(request_text(probe, "a", false).substr(0, 16), "GET / HTTP/1.1\r\n");
  probe.resource_path = "status";
  EXPECT_EQ(request_text(probe, "a", false).substr(0, 22), "GET /status HTTP/1.1\r\n");
}

TEST(HttpRequest, HasTheMethodAndHeadersOfTheCheckInPlaceOfOurs) {
  model::HttpProbe probe = http_probe();
  probe.method = "POST";
  probe.headers = {{"user-agent", "mine"}, {"X-Key", "a b"}};
  EXPECT_EQ(
      request_text(probe, "a", false),
      "POST /health?full=1 HTTP/1.1\r\nHost: 192.0.2.1\r\nAccept: */*\r\nContent-Length: 0\r\n"
      "user-agent: mine\r\nX-Key: a b\r\nConnection: close\r\n\r\n");
}

TEST(HttpRequest, LetsNoFieldEndItsLine) {
  model::HttpProbe probe = http_probe();
  probe.target.host = "h\r\nC: d";
  probe.resource_path = "/a b\r\nE: f";
  probe.headers = {{"X\r\nG", "h\r\nI: j"}};
  EXPECT_EQ(request_text(probe, "x\r\nA: b", false),
            "GET /a%20b%0D%0AE:%20f HTTP/1.1\r\nHost: h%0D%0AC:%20d\r\n"
            "User-Agent: Signpost-Health-Check (ref x%0D%0AA:%20b)\r\nAccept: */*\r\n"
            "XG: hI: j\r\nConnection: close\r\n\r\n");
}

TEST(HttpRequest, EncodesTheQueryOfAMetricCheck) {
  model::MetricCheck check;
  check.target = {.address = "192.0.2.9", .host = "", .port = 9090};
  check.query = "sum(rate(x{a=\"b c\"}[1m])) + 1";
  EXPECT_EQ(request_text(check, "m", false),
            "GET /api/v1/query?query=sum%28rate%28x%7Ba%3D%22b%20c%22%7D%5B1m%5D%29%29%20%2B%201 "
            "HTTP/1.1\r\nHost: 192.0.2.9\r\nUser-Agent: Signpost-Health-Check (ref m)\r\n"
            "Accept: application/json\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace signpost::health
