// Probes of what is given by name, of DNS servers, of TCP dialogues, of metrics, and by ICMP.
#include "dns/rdata.h"
#include "tests/support/loopback_server.h"
#include "tests/unit/health/probing.h"
#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::health {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using upstream::FakeDnsServer;
using upstream::TestReply;

class TargetProbes : public ProbeBench {
 protected:
  model::HttpProbe by_name(std::uint16_t port) {
    model::HttpProbe probe;
    probe.target = {.address = "", .host = "api.example.com", .port = port};
    probe.resource_path = "/";
    return probe;
  }
};

TEST_F(TargetProbes, ResolveANameAtEachProbe) {
  LoopbackServer server(io_, reply_status(200));
  FakeDnsServer resolver(io_, upstream::replies({"127.0.0.1"}, 300));
  settings_.resolvers = {resolver.server()};
  const ProbeResult result = probe(by_name(server.port()));
  EXPECT_THAT(result.text, StartsWith("Success: HTTP status 200 from 127.0.0.1:"));
  ASSERT_FALSE(result.steps.empty());
  EXPECT_EQ(result.steps.front().text, "api.example.com has the address 127.0.0.1");
  probe(by_name(server.port()));
  EXPECT_EQ(resolver.asked().size(), 2u);
}

TEST_F(TargetProbes, AskTheNextResolverWhereOneFails) {
  LoopbackServer server(io_, reply_status(200));
  FakeDnsServer failing(io_, upstream::replies(TestReply{.rcode = 2}));
  FakeDnsServer resolver(io_, upstream::replies({"127.0.0.1"}, 300));
  settings_.resolvers = {failing.server(), resolver.server()};
  EXPECT_EQ(probe(by_name(server.port())).outcome, ProbeOutcome::kSuccess);
}

TEST_F(TargetProbes, FailANameThatDoesNotResolve) {
  EXPECT_EQ(probe(by_name(80)).text,
            "Failure: DNS resolution of api.example.com failed: there is no resolver; give one "
            "with signpostd --resolver");
  FakeDnsServer failing(io_, upstream::replies(TestReply{.rcode = 2}));
  settings_.resolvers = {failing.server()};
  EXPECT_THAT(probe(by_name(80)).text,
              HasSubstr("DNS resolution of api.example.com failed: 127.0.0.1:"));
  FakeDnsServer silent(io_, upstream::silence());
  settings_.resolvers = {silent.server()};
  settings_.limits.http_connect = std::chrono::milliseconds(200);
  EXPECT_EQ(probe(by_name(80)).text, "Failure: no connection to api.example.com:80 within 200 ms");
}

class DnsProbes : public TargetProbes {
 protected:
  model::DnsProbe query() {
    model::DnsProbe probe;
    probe.target = at(server_.server().port);
    probe.name = dns::Name::parse("www.example.com").value().folded();
    return probe;
  }
  std::string endpoint() { return upstream::to_text(server_.server()); }

  FakeDnsServer server_{io_, upstream::replies({"192.0.2.1", "192.0.2.2"}, 60)};
};

TEST_F(DnsProbes, GoByTheResponseCode) {
  EXPECT_THAT(probe(query()).text, StartsWith("Success: NOERROR from " + endpoint() + " in "));
  server_.set_conduct(upstream::replies(TestReply{.rcode = 5}));
  EXPECT_EQ(probe(query()).text, "Failure: REFUSED from " + endpoint() + ", not NOERROR");
  model::DnsProbe refused = query();
  refused.expected_rcode = 5;
  EXPECT_EQ(probe(refused).outcome, ProbeOutcome::kSuccess);
}

TEST_F(DnsProbes, NeedTheRecordsThatAreExpected) {
  model::DnsProbe expecting = query();
  expecting.expected_rdata = {dns::parse_rdata(dns::RRType::kA, "192.0.2.2", dns::Name()).value()};
  EXPECT_EQ(probe(expecting).outcome, ProbeOutcome::kSuccess);
  expecting.expected_rdata.push_back(
      dns::parse_rdata(dns::RRType::kA, "192.0.2.3", dns::Name()).value());
  EXPECT_EQ(probe(expecting).text,
            "Failure: NOERROR from " + endpoint() + ", but without A 192.0.2.3");
}

TEST_F(DnsProbes, EndAtTheirLimitWhereTheServerIsSilent) {
  server_.set_conduct(upstream::silence());
  settings_.limits.dns_reply = std::chrono::milliseconds(150);
  EXPECT_EQ(probe(query()).text, "Failure: " + endpoint() + ": no reply within 150 ms over UDP");
}

class TcpDialogue : public ProbeBench {
 protected:
  ProbeResult talk(const std::string& send, const std::string& expect) {
    return probe(model::TcpProbe{at(server_.port()), {}, send, expect});
  }
  std::string endpoint() { return model::endpoint_text(at(server_.port())); }

  LoopbackServer server_{io_, stay_silent()};
};

TEST_F(TcpDialogue, IsAboutTheOctetsExpected) {
  server_.set_conduct(drip("+PONG\r\n", std::chrono::milliseconds(1)));
  EXPECT_THAT(talk("PING\r\n", "PONG").text,
              StartsWith("Success: the octets that are expected came from " + endpoint()));
  server_.set_conduct(reply("-ERR\r\n"));
  EXPECT_EQ(talk("PING\r\n\r\n", "PONG").text,
            "Failure: connection closed by " + endpoint() + " before the octets that are expected");
  server_.set_conduct(flood("", std::string(65536, 'x')));
  EXPECT_EQ(talk("", "PONG").text, "Failure: the first 5,120 octets from " + endpoint() +
                                       " do not hold those that are expected");
  server_.set_conduct(stay_silent());
  settings_.limits.tcp_expect = std::chrono::milliseconds(150);
  EXPECT_EQ(
      talk("PING\r\n", "PONG").text,
      "Failure: not the octets that are expected within 150 ms after connecting to " + endpoint());
}

class MetricProbes : public ProbeBench {
 protected:
  ProbeResult compare(model::Comparison comparison, double threshold,
                      model::InsufficientData insufficient = {}) {
    model::MetricCheck check;
    check.target = at(server_.port());
    check.query = "queue_length";
    check.comparison = comparison;
    check.threshold = threshold;
    check.insufficient_data = insufficient;
    return probe(check);
  }
  static Conduct values(const std::string& result) {
    const std::string body =
        R"({"status":"success","data":{"resultType":"vector","result":[)" + result + "]}}";
    return reply("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
  }

  LoopbackServer server_{io_, stay_silent()};
};

TEST_F(MetricProbes, CompareEveryValue) {
  using model::Comparison;
  server_.set_conduct(values(R"({"value":[1,"3"]},{"value":[1,"5"]})"));
  EXPECT_EQ(compare(Comparison::kLess, 6).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(compare(Comparison::kLessOrEqual, 5).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(compare(Comparison::kGreaterOrEqual, 3).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(compare(Comparison::kGreater, 2.5).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(compare(Comparison::kNotEqual, 4).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(compare(Comparison::kEqual, 3).outcome, ProbeOutcome::kFailure);
  EXPECT_THAT(compare(Comparison::kLess, 5).text, StartsWith("Failure: the value is 5 at "));
}

TEST_F(MetricProbes, SayWhatMissingDataMeans) {
  using model::Comparison;
  using model::InsufficientData;
  const auto outcome = [&](InsufficientData insufficient) {
    return compare(Comparison::kLess, 1, insufficient).outcome;
  };
  const auto expect_no_data = [&] {
    EXPECT_EQ(outcome(InsufficientData::kLastKnownStatus), ProbeOutcome::kNoData);
    EXPECT_EQ(outcome(InsufficientData::kHealthy), ProbeOutcome::kSuccess);
    EXPECT_EQ(outcome(InsufficientData::kUnhealthy), ProbeOutcome::kFailure);
  };
  server_.set_conduct(values(""));
  expect_no_data();
  server_.set_conduct(close_at_once());
  expect_no_data();
  server_.set_conduct(
      reply("HTTP/1.1 400 Bad Request\r\n\r\n"
            R"({"status":"error","errorType":"bad_data","error":"parse error"})"));
  expect_no_data();
  EXPECT_THAT(compare(Comparison::kLess, 1).text, HasSubstr("with an error: parse error"));
}

TEST_F(ProbeBench, IcmpEchoReachesThisHostOverBothFamilies) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    const ProbeResult result = probe(model::IcmpProbe{{.address = address, .host = "", .port = 0}});
    ASSERT_NE(result.outcome, ProbeOutcome::kDiscarded) << result.text;
    EXPECT_THAT(result.text, StartsWith("Success: echo reply from "));
  }
}

TEST_F(ProbeBench, IcmpEchoSaysThatThereIsNoReply) {
  settings_.limits.icmp_reply = std::chrono::milliseconds(100);
  // Of the discard-only prefix, RFC 6666: nobody answers, wherever packets go.
  const ProbeResult result = probe(model::IcmpProbe{{.address = "100::1", .host = "", .port = 0}});
  ASSERT_NE(result.outcome, ProbeOutcome::kDiscarded) << result.text;
  EXPECT_EQ(result.outcome, ProbeOutcome::kFailure);
  EXPECT_THAT(result.text, HasSubstr("no echo"));
}

}  // namespace
}  // namespace signpost::health
