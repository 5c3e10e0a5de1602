#include "tests/support/loopback_server.h"
#include "tests/unit/health/compressed.h"
#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string with_length(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string chunked(const std::string& body) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char octet : body) text += std::string("1\r\n") + octet + "\r\n";
  return text + "0\r\n\r\n";
}

class HttpSearch : public ProbeBench {
 protected:
  ProbeResult probe_http(const std::string& search_string, const std::string& pattern = "") {
    model::HttpProbe probe;
    probe.target = at(server_.port());
    probe.resource_path = "/";
    probe.search_string = search_string;
    probe.search_pattern = pattern;
    return probe_(probe);
  }
  ProbeResult probe_(const model::HttpProbe& probe) { return ProbeBench::probe(probe); }

  LoopbackServer server_{io_, stay_silent()};
};

TEST_F(HttpSearch, FindsAStringHoweverTheBodyIsSent) {
  const std::string page = "<p>all is well</p>";
  for (const std::string& response :
       {with_length(page), "HTTP/1.0 200 OK\r\n\r\n" + page, chunked(page),
        with_length(compressed(page, 31), "Content-Encoding: gzip\r\n")}) {
    server_.set_conduct(reply(response));
    EXPECT_EQ(probe_http("all is well").outcome, ProbeOutcome::kSuccess) << response;
    const ProbeResult missing = probe_http("All is well");
    EXPECT_EQ(missing.outcome, ProbeOutcome::kFailure);
    EXPECT_THAT(missing.text, HasSubstr(", but the search string is not in its 18 octets"));
  }
}

TEST_F(HttpSearch, MatchesAPattern) {
  server_.set_conduct(reply(with_length("{\"replicas\": 3}")));
  EXPECT_EQ(probe_http("", "\"replicas\": [1-9]").outcome, ProbeOutcome::kSuccess);
  EXPECT_THAT(probe_http("", "\"replicas\": 0").text,
              HasSubstr(", but the search pattern does not match"));
}

TEST_F(HttpSearch, ReadsAnEndlessBodyTo64KiBOnly) {
  for (const char* head :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"}) {
    server_.set_conduct(flood(head, std::string(65536, 'x')));
    EXPECT_THAT(probe_http("needle").text,
                HasSubstr(", but the search string is not in the first 5,120 octets"));
    EXPECT_THAT(probe_http("", "needle").text,
                HasSubstr(", but the search pattern does not match"));
  }
}

TEST_F(HttpSearch, NeedsNotTheEndOfABodyThatHoldsTheString) {
  server_.set_conduct([](auto socket) {
    drip("HTTP/1.1 200 OK\r\n\r\nready", milliseconds(0))(socket);
    stay_silent()(socket);
  });
  EXPECT_EQ(probe_http("ready").outcome, ProbeOutcome::kSuccess);
}

TEST_F(HttpSearch, GivesUpOnABodyThatDoesNotEnd) {
  settings_.limits.http_body = milliseconds(150);
  server_.set_conduct(drip("HTTP/1.1 200 OK\r\n\r\n" + std::string(1000, 'x'), milliseconds(10)));
  EXPECT_THAT(probe_http("needle").text, HasSubstr("no complete HTTP body within 150 ms"));
}

TEST_F(HttpSearch, FailsBodiesThatAreMalformed) {
  server_.set_conduct(reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
  EXPECT_THAT(probe_http("needle").text, HasSubstr("malformed HTTP body"));
  server_.set_conduct(reply(with_length("not gzip", "Content-Encoding: gzip\r\n")));
  EXPECT_THAT(probe_http("needle").text, HasSubstr("malformed HTTP body"));
}

TEST_F(HttpSearch, TakesTheStatusCodesThatAreExpectedAndNoOthers) {
  model::HttpProbe probe;
  probe.target = at(server_.port());
  probe.expected_status_codes = {{204, 204}, {400, 404}};
  for (const unsigned status : {200u, 204u, 302u, 399u, 400u, 404u, 405u, 500u}) {
    server_.set_conduct(reply_status(status));
    const bool expected = status == 204 || (status >= 400 && status <= 404);
    EXPECT_EQ(probe_(probe).outcome == ProbeOutcome::kSuccess, expected) << status;
  }
}

TEST_F(HttpSearch, TellsEachStep) {
  server_.set_conduct(reply(with_length("ready")));
  const ProbeResult result = probe_http("ready");
  std::vector<std::string> steps;
  for (const ProbeStep& step : result.steps) steps.push_back(step.text);
  const std::string endpoint = model::endpoint_text(at(server_.port()));
  EXPECT_THAT(steps,
              ::testing::ElementsAre("connected to " + endpoint, "HTTP status 200 from " + endpoint,
                                     "5 octets of the body read"));
}

}  // namespace
}  // namespace signpost::health
