#include "notices/dispatcher.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "notices/signature.h"
#include "tests/support/loopback_server.h"

namespace signpost::notices {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::chrono::seconds kGuard{20};

// What came with one request.
struct Request {
  std::string header;
  std::string body;

  std::string field(const std::string& name) const {
    const std::size_t at = header.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return header.substr(begin, header.find("\r\n", begin) - begin);
  }
};
using Requests = std::shared_ptr<std::vector<Request>>;

// Takes a request whole and answers with the status.
Conduct take(const Requests& requests, unsigned status) {
  return [=](const std::shared_ptr<tcp::socket>& socket) {
    auto octets = std::make_shared<std::string>();
    auto answer = std::make_shared<std::string>(
        absl::StrCat("HTTP/1.1 ", status, " Any\r\nContent-Length: 6\r\n\r\nreason"));
    asio::async_read_until(
        *socket, asio::dynamic_buffer(*octets), "\r\n\r\n",
        [=](const boost::system::error_code& error, std::size_t header) {
          if (error) return;
          auto request = std::make_shared<Request>(Request{octets->substr(0, header), ""});
          const std::size_t size = std::stoul(request->field("Content-Length"));
          const std::size_t missing = header + size - octets->size();
          asio::async_read(*socket, asio::dynamic_buffer(*octets), asio::transfer_exactly(missing),
                           [=](const boost::system::error_code& cut, std::size_t) {
                             if (cut) return;
                             request->body = octets->substr(header);
                             requests->push_back(*request);
                             asio::async_write(*socket, asio::buffer(*answer),
                                               [socket, answer](const boost::system::error_code&,
                                                                std::size_t) {});
                           });
        });
  };
}

// The store in memory.
struct FakeStore {
  std::vector<model::NoticePtr> notices;
  ReceiverProgress progress;
};

class Dispatching : public ::testing::Test {
 protected:
  Dispatching() {
    std::string pattern = ::testing::TempDir() + "noticesXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    settings_.delivery.probes.limits = delivery_limits();
    settings_.delivery.probes.commands_folder = folder_;
    settings_.delivery.secrets_folder = folder_;
    settings_.delivery.render = [](const model::Notice& notice, const model::NoticeReceiver&,
                                   const std::string&) {
      return absl::StrCat(notice.number, " ", model::check_of(notice.event));
    };
    settings_.retry.first = milliseconds(2);
    settings_.retry.longest = milliseconds(8);
    settings_.save_progress_every = milliseconds(1);
  }
  ~Dispatching() override {
    stop();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    log_ = std::make_unique<NoticeLog>(store_.notices, kept_max_);
    dispatcher_ = std::make_unique<Dispatcher>(
        io_, *log_,
        NoticeStore{[this](const std::vector<model::NoticePtr>& all) {
                      store_.notices.insert(store_.notices.end(), all.begin(), all.end());
                      return absl::OkStatus();
                    },
                    [this](const ReceiverProgress& all) {
                      store_.progress = all;
                      return absl::OkStatus();
                    }},
        store_.progress, settings_);
    dispatcher_->set_receivers(receivers_);
    io_.restart();
    io_.poll();
  }

  void stop() {
    if (dispatcher_) dispatcher_->finish();
    dispatcher_.reset();
    io_.restart();
    io_.poll();
  }

  static std::shared_ptr<model::NoticeReceiver> webhook(const std::string& id, std::uint16_t port) {
    auto receiver = std::make_shared<model::NoticeReceiver>();
    receiver->id = id;
    model::Webhook way;
    way.target = {.address = "127.0.0.1", .host = "", .port = port};
    way.path = "/notices?from=signpost";
    receiver->way = way;
    return receiver;
  }

  void post(const std::string& check) {
    log_->post(model::HealthFlipEvent{check, "http://192.0.2.1/", model::Health::kHealthy,
                                      model::Health::kUnhealthy, "Failure: refused"});
  }

  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kGuard;
    while (!condition() && std::chrono::steady_clock::now() < end) {
      if (io_.stopped()) io_.restart();
      io_.run_one_until(end);
    }
    ASSERT_TRUE(condition()) << "did not happen within 20 s";
  }

  ReceiverState state(const std::string& id) const { return dispatcher_->states().at(id); }

  static std::vector<std::string> bodies(const Requests& requests) {
    std::vector<std::string> all;
    for (const Request& request : *requests) all.push_back(request.body);
    return all;
  }

  void write_secret(const std::string& name, const std::string& secret) const {
    std::ofstream(folder_ + "/" + name) << secret << "\n";
  }

  asio::io_context io_;
  std::string folder_;
  DispatcherSettings settings_;
  std::size_t kept_max_ = NoticeLog::kKeptMax;
  FakeStore store_;
  std::vector<model::NoticeReceiverPtr> receivers_;
  std::unique_ptr<NoticeLog> log_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Requests requests_ = std::make_shared<std::vector<Request>>();
};

TEST_F(Dispatching, TellsAWebhookOfEachNoticeInOrder) {
  LoopbackServer server(io_, take(requests_, 204));
  receivers_ = {webhook("pager", server.port())};
  start();
  for (int i = 0; i < 20; ++i) post("check");
  run_until([&] { return state("pager").sent == 20; });
  ASSERT_EQ(requests_->size(), 20u);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ((*requests_)[i].body, absl::StrCat(i + 1, " check"));
  const Request& first = requests_->front();
  EXPECT_THAT(first.header, StartsWith("POST /notices?from=signpost HTTP/1.1\r\n"));
  EXPECT_EQ(first.field("Host"), "127.0.0.1");
  EXPECT_EQ(first.field("Content-Type"), "application/json");
  EXPECT_EQ(first.field("User-Agent"), "Signpost-Notices");
  EXPECT_EQ(first.field("Signpost-Signature"), "");
}

TEST_F(Dispatching, SignsRequestsWithTheSecretOfTheReceiver) {
  LoopbackServer server(io_, take(requests_, 200));
  write_secret("pager-key", "open sesame");
  auto receiver = webhook("pager", server.port());
  std::get<model::Webhook>(receiver->way).secret = "pager-key";
  receivers_ = {receiver};
  start();
  post("check");
  run_until([&] { return state("pager").sent == 1; });
  const Request& request = requests_->front();
  EXPECT_EQ(request.field("Signpost-Signature"),
            "v1=" + signature_of("open sesame", request.field("Signpost-Timestamp"), request.body));
}

TEST_F(Dispatching, WaitsForASecretThatIsNotThere) {
  LoopbackServer server(io_, take(requests_, 200));
  auto receiver = webhook("pager", server.port());
  std::get<model::Webhook>(receiver->way).secret = "pager-key";
  receivers_ = {receiver};
  start();
  post("check");
  run_until([&] { return state("pager").failed > 0; });
  EXPECT_THAT(state("pager").last_error, HasSubstr("there is no secret in " + folder_));
  EXPECT_EQ(server.connections(), 0u);
  write_secret("pager-key", "open sesame");
  run_until([&] { return state("pager").sent == 1; });
}

TEST_F(Dispatching, TriesAgainInOrderUntilTheReceiverTakesANotice) {
  LoopbackServer server(io_, take(requests_, 500));
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  post("b");
  run_until([&] { return state("pager").failed == 2; });
  EXPECT_THAT(state("pager").last_error, HasSubstr("HTTP status 500"));
  EXPECT_THAT(state("pager").last_error, HasSubstr("reason"));
  EXPECT_EQ(state("pager").waiting, 2u);
  server.set_conduct(reset_at_once());
  const std::uint64_t failed = state("pager").failed;
  run_until([&] { return state("pager").failed > failed + 1; });
  server.set_conduct(close_at_once());
  const std::uint64_t later = state("pager").failed;
  run_until([&] { return state("pager").failed > later + 1; });
  requests_->clear();
  server.set_conduct(take(requests_, 200));
  run_until([&] { return state("pager").sent == 2; });
  EXPECT_THAT(bodies(requests_), ElementsAre("1 a", "2 b"));
  EXPECT_EQ(state("pager").last_error, "");
  EXPECT_EQ(state("pager").waiting, 0u);
}

TEST_F(Dispatching, GivesUpANoticeThatIsRefusedAndGoesOn) {
  LoopbackServer server(io_, take(requests_, 400));
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  run_until([&] { return state("pager").refused == 1; });
  server.set_conduct(take(requests_, 200));
  post("b");
  run_until([&] { return state("pager").sent == 1; });
  EXPECT_THAT(bodies(requests_), ElementsAre("1 a", "2 b"));
  EXPECT_EQ(state("pager").failed, 0u);
}

TEST_F(Dispatching, LetsNoReceiverHoldUpAnother) {
  LoopbackServer silent(io_, stay_silent());
  UnansweringPort unanswering(io_);
  LoopbackServer endless(io_, flood("HTTP/1.1 500 Any\r\n\r\n", std::string(4096, 'x')));
  LoopbackServer good(io_, take(requests_, 200));
  receivers_ = {webhook("silent", silent.port()), webhook("unanswering", unanswering.port()),
                webhook("endless", endless.port()), webhook("good", good.port())};
  start();
  for (int i = 0; i < 10; ++i) post("check");
  run_until([&] { return state("good").sent == 10; });
  run_until([&] { return state("endless").failed > 0; });
  EXPECT_EQ(state("silent").sent + state("unanswering").sent + state("endless").sent, 0u);
  EXPECT_EQ(state("silent").waiting, 10u);
}

TEST_F(Dispatching, GivesUpATryThatIsNotAnsweredInTime) {
  settings_.delivery.probes.limits.http_status = milliseconds(20);
  LoopbackServer server(io_, stay_silent());
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  run_until([&] { return state("pager").failed > 0; });
  server.set_conduct(take(requests_, 200));
  run_until([&] { return state("pager").sent == 1; });
  EXPECT_THAT(bodies(requests_), ElementsAre("1 a"));
}

TEST_F(Dispatching, GoesOnAfterARestartWhereItWas) {
  LoopbackServer server(io_, take(requests_, 200));
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  run_until([&] { return state("pager").sent == 1; });
  server.set_conduct(reset_at_once());
  post("b");
  post("c");
  run_until([&] { return state("pager").failed > 0; });
  stop();
  server.set_conduct(take(requests_, 200));
  start();
  run_until([&] { return state("pager").sent == 2; });
  EXPECT_THAT(bodies(requests_), ElementsAre("1 a", "2 b", "3 c"));
}

TEST_F(Dispatching, BeginsANewReceiverWithTheNextNotice) {
  start();
  post("old");
  run_until([&] { return log_->last() == 1; });
  LoopbackServer server(io_, take(requests_, 200));
  dispatcher_->set_receivers({webhook("pager", server.port())});
  run_until([&] { return dispatcher_->states().size() == 1; });
  post("new");
  run_until([&] { return state("pager").sent == 1; });
  EXPECT_THAT(bodies(requests_), ElementsAre("2 new"));
}

TEST_F(Dispatching, CountsWhatIsNoLongerKept) {
  kept_max_ = 3;
  RefusingPort nobody(io_);
  receivers_ = {webhook("pager", nobody.port())};
  start();
  post("first");
  run_until([&] { return state("pager").failed > 0; });
  for (int i = 0; i < 9; ++i) post("later");
  LoopbackServer server(io_, take(requests_, 200));
  dispatcher_->set_receivers({webhook("pager", server.port())});
  run_until([&] { return state("pager").sent == 3; });
  EXPECT_EQ(state("pager").dropped, 7u);
  EXPECT_THAT(bodies(requests_), ElementsAre("8 later", "9 later", "10 later"));
}

TEST_F(Dispatching, TriesAChangedReceiverAtOnce) {
  settings_.retry.first = settings_.retry.longest = std::chrono::hours(1);
  RefusingPort nobody(io_);
  receivers_ = {webhook("pager", nobody.port())};
  start();
  post("a");
  run_until([&] { return state("pager").failed == 1; });
  LoopbackServer server(io_, take(requests_, 200));
  dispatcher_->set_receivers({webhook("pager", server.port())});
  run_until([&] { return state("pager").sent == 1; });
  EXPECT_THAT(bodies(requests_), ElementsAre("1 a"));
}

TEST_F(Dispatching, ForgetsAReceiverThatGoesWhileItIsBeingTold) {
  LoopbackServer server(io_, stay_silent());
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  run_until([&] { return server.connections() == 1; });
  dispatcher_->set_receivers({});
  run_until([&] { return dispatcher_->states().empty(); });
  EXPECT_THAT(store_.progress, IsEmpty());
}

TEST_F(Dispatching, TellsAReceiverOnlyOfWhatItWants) {
  LoopbackServer server(io_, take(requests_, 200));
  auto receiver = webhook("pager", server.port());
  receiver->checks = {"mine"};
  receiver->kinds = {model::NoticeKind::kHealthFlip};
  receivers_ = {receiver};
  start();
  post("other");
  log_->post(model::CertificateEvent{"mine", "https://192.0.2.1/", {}});
  post("mine");
  run_until([&] { return state("pager").sent == 1; });
  EXPECT_THAT(bodies(requests_), ElementsAre("3 mine"));
  EXPECT_EQ(state("pager").dropped, 0u);
}

TEST_F(Dispatching, TellsAReceiverOfChecksWithItsTags) {
  LoopbackServer server(io_, take(requests_, 200));
  auto receiver = webhook("pager", server.port());
  receiver->selector = *model::TagSelector::parse("site=lon");
  receivers_ = {receiver};
  start();
  post("untagged");
  const auto expires = std::chrono::system_clock::time_point();
  log_->post(model::CertificateEvent{"nyc", "https://192.0.2.1/", expires, {{"site", "nyc"}}});
  log_->post(model::CertificateEvent{"lon", "https://192.0.2.1/", expires, {{"site", "lon"}}});
  log_->post(model::OverrideChangeEvent{1, "root", "override 1: down", false, false});
  run_until([&] { return state("pager").sent == 2; });
  EXPECT_THAT(bodies(requests_), ElementsAre("3 lon", "4 "));
}

TEST_F(Dispatching, RunsACommandWithTheNoticeOnItsStandardInput) {
  std::ofstream(folder_ + "/tell")
      << "#!/bin/sh\necho \"$SIGNPOST_NOTICE_RECEIVER $1 $(cat)\" >> " << folder_ << "/told\n";
  ::chmod((folder_ + "/tell").c_str(), 0755);
  auto receiver = std::make_shared<model::NoticeReceiver>();
  receiver->id = "program";
  receiver->way = model::CommandProbe{{"tell", "me"}, milliseconds(10000)};
  receivers_ = {receiver};
  // More than a pipe holds.
  settings_.delivery.render = [](const model::Notice& notice, const model::NoticeReceiver&,
                                 const std::string&) {
    return absl::StrCat(notice.number, std::string(100'000, 'x'));
  };
  start();
  post("a");
  post("b");
  run_until([&] { return state("program").sent == 2; });
  std::ifstream told(folder_ + "/told");
  std::string first, second;
  std::getline(told, first);
  std::getline(told, second);
  EXPECT_THAT(first, StartsWith("program me 1xxx"));
  EXPECT_THAT(second, StartsWith("program me 2xxx"));
  EXPECT_EQ(first.size(), std::string("program me 1").size() + 100'000);
}

TEST_F(Dispatching, TriesACommandAgainThatFails) {
  std::ofstream(folder_ + "/tell") << "#!/bin/sh\necho no room; exit 1\n";
  ::chmod((folder_ + "/tell").c_str(), 0755);
  auto receiver = std::make_shared<model::NoticeReceiver>();
  receiver->id = "program";
  receiver->way = model::CommandProbe{{"tell"}, milliseconds(10000)};
  receivers_ = {receiver};
  start();
  post("a");
  run_until([&] { return state("program").failed > 1; });
  EXPECT_THAT(state("program").last_error, HasSubstr("tell ended with 1: no room"));
}

TEST_F(Dispatching, ShowsNumbersAsMetrics) {
  LoopbackServer server(io_, take(requests_, 200));
  receivers_ = {webhook("pager", server.port())};
  start();
  post("a");
  run_until([&] { return state("pager").sent == 1; });
  metrics::Registry registry;
  const auto kept = registry.add([&](auto& families) { dispatcher_->collect(families); });
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("signpost_notices_total 1\n"));
  EXPECT_THAT(
      text, HasSubstr("signpost_notice_deliveries_total{outcome=\"sent\",receiver=\"pager\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_notices_waiting{receiver=\"pager\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("signpost_notices_dropped_total{receiver=\"pager\"} 0\n"));
}

}  // namespace
}  // namespace signpost::notices
