#include "signpost/commands/top.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "signpost/v1/traffic.grpc.pb.h"
#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

constexpr const char* kReading = R"(
  time { seconds: 1785765909 } seconds: 2 generation: 7 table_generation: 12
  replies { path: "fast" type: "A" rcode: "NOERROR" outcome: "answer" replies: 2400000 }
  replies { path: "fast" type: "AAAA" rcode: "NOERROR" outcome: "nodata" replies: 599000 }
  replies { path: "slow" type: "A" rcode: "NOERROR" outcome: "answer" replies: 1000 }
  passes { reason: "delegation" packets: 3 }
  choices { name: "api.example.com." type: "A" choice: "eu > web-1" answers: 1500000 }
  choices { name: "www.example.com." choice: "lon" answers: 500000 }
  endpoints { endpoint: "192.0.2.1" answers: 1500000 }
  endpoints { endpoint: "192.0.2.2" answers: 500000 }
  choice_answers: 2000000 endpoint_answers: 2000000
  names { name: "api.example.com." queries: 1800000 }
  names { name: "www.example.com." queries: 600000 }
  prefixes { prefix: "198.51.100.0/24" queries: 2700000 }
  prefixes { prefix: "2001:db8:1::/56" queries: 300000 }
  queries: 3000000)";

constexpr const char* kPicture =
    "answers 1,500,000 /s   fast path 1,499,500 /s (100.0 %)   slow path 500 /s (0.0 %)   "
    "generation 7, table 12   2026-08-03 14:05:09Z\n"
    "\n"
    "REPLIES                      RATE   SHARE\n"
    "A NOERROR answer     1,200,500 /s  80.0 %  ████████████████\n"
    "AAAA NOERROR nodata    299,500 /s  20.0 %  ████\n"
    "\n"
    "ENDPOINT         RATE   SHARE\n"
    "192.0.2.1  750,000 /s  75.0 %  ███████████████\n"
    "192.0.2.2  250,000 /s  25.0 %  █████\n"
    "\n"
    "RECORD SET        TYPE         RATE   SHARE  CHOICE\n"
    "api.example.com.  A      750,000 /s  75.0 %  eu > web-1\n"
    "www.example.com.  other  250,000 /s  25.0 %  lon\n"
    "\n"
    "NAME ASKED FOR          RATE   SHARE\n"
    "api.example.com.  900,000 /s  60.0 %  ████████████\n"
    "www.example.com.  300,000 /s  20.0 %  ████\n"
    "\n"
    "CLIENTS                  RATE   SHARE\n"
    "198.51.100.0/24  1,350,000 /s  90.0 %  ██████████████████\n"
    "2001:db8:1::/56    150,000 /s  10.0 %  ██\n"
    "\n"
    "PASSED FOR    RATE\n"
    "delegation  1.5 /s\n";

// Gives readings without an end.
class FakeTraffic : public v1::TrafficService::Service {
 public:
  FakeTraffic() {
    fill(kReading, reading);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeTraffic() override { server_->Shutdown(); }

  grpc::Status WatchTraffic(grpc::ServerContext*, const v1::WatchTrafficRequest* request,
                            grpc::ServerWriter<v1::TrafficReading>* out) override {
    asked = *request;
    while (out->Write(reading)) {
    }
    return grpc::Status::CANCELLED;
  }

  Result run(std::vector<std::string> arguments, Terminals terminals = {}) {
    arguments.insert(arguments.end(), {"--server", address()});
    return run_with(std::move(arguments), terminals);
  }

  v1::TrafficReading reading;
  v1::WatchTrafficRequest asked;

 private:
  std::string address() const { return "unix://" + folder_.path("control.sock"); }

  Folder folder_;
  std::unique_ptr<grpc::Server> server_;
};

TEST(Top, ShowsRatesSharesChoicesAndPasses) {
  FakeTraffic daemon;
  const Result result = daemon.run({"top", "--count", "1"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, kPicture);
  EXPECT_EQ(daemon.asked.interval_milliseconds(), 1000u);
  EXPECT_EQ(daemon.asked.top(), 10u);
}

TEST(Top, DrawsEachPictureOverTheOneBeforeOnATerminal) {
  FakeTraffic daemon;
  const Result result =
      daemon.run({"top", "--count", "2", "--interval", "0.2", "--lines", "3"}, {true, true});
  EXPECT_EQ(result.code, 0) << result.err;
  const std::string home = "\x1b[H";
  EXPECT_EQ(result.out.substr(0, 7), "\x1b[2J" + home);
  const std::size_t second = result.out.find(home, 7);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(result.out.substr(7, second - 7), result.out.substr(second + home.size()));
  EXPECT_EQ(daemon.asked.interval_milliseconds(), 200u);
  EXPECT_EQ(daemon.asked.top(), 3u);
}

TEST(Top, WritesOneReadingAsJson) {
  FakeTraffic daemon;
  const Result result = daemon.run({"top", "-o", "json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out.front(), '{');
  EXPECT_NE(result.out.find("\"endpoint_answers\": \"2000000\""), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("generation\": \"7\""), result.out.rfind("generation\": \"7\""));
}

TEST(Top, SaysWhatIsZeroWhileNobodyAsks) {
  FakeTraffic daemon;
  daemon.reading.Clear();
  daemon.reading.set_seconds(1);
  const Result result = daemon.run({"top", "--count", "1"});
  EXPECT_EQ(result.out,
            "answers 0.0 /s   fast path 0.0 /s (-)   slow path 0.0 /s (-)   "
            "generation 0, table 0   -\n");
}

TEST(Top, RefusesAnIntervalThatIsTooShort) {
  EXPECT_EQ(run_with({"top", "--interval", "0.01"}).code, 2);
}

}  // namespace
}  // namespace signpost::cli
