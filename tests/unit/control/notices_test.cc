// Notices from the configuration to the stream of the API, on a real store.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/notice_form.h"
#include "control/translate.h"
#include "control/url.h"
#include "signpost/v1/notices.grpc.pb.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

model::HealthFlipEvent flip(const std::string& check, model::Health health) {
  return {check, "http://192.0.2.1:80/up",
          health == model::Health::kHealthy ? model::Health::kUnhealthy : model::Health::kHealthy,
          health, "Failure: <refused> & \"gone\""};
}

v1::NoticeReceiver receiver(const std::string& text) {
  v1::NoticeReceiver parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

std::string refusal(const std::string& text) {
  const auto read = from_proto(receiver(text), "notice_receivers[0]");
  EXPECT_FALSE(read.ok()) << text;
  return std::string(read.status().message());
}

TEST(NoticeReceivers, AreReadAndWrittenAlike) {
  for (const char* text :
       {R"(id: "a" webhook { url: "https://hooks.example.com/x?y=z" secret: "key" })",
        R"(id: "b" webhook { url: "http://192.0.2.1:8080/" body: SLACK } kinds: HEALTH_FLIP)",
        R"(id: "c" webhook { url: "https://[2001:db8::1]:8443/" body: PAGERDUTY secret: "key"
                                skip_certificate_verification: true } health_check_ids: "web")",
        R"(id: "e" webhook { url: "http://192.0.2.1/" } selector: "site=lon,env!=test")",
        R"(id: "d" command { command: "tell" command: "me" timeout_seconds: 5 })"}) {
    const v1::NoticeReceiver before = receiver(text);
    const auto read = from_proto(before, "notice_receivers[0]");
    ASSERT_TRUE(read.ok()) << read.status();
    v1::NoticeReceiver after;
    to_proto(**read, after);
    EXPECT_EQ(after.DebugString(), before.DebugString());
  }
}

TEST(NoticeReceivers, VerifyCertificatesUnlessToldOtherwise) {
  const auto read = from_proto(receiver(R"(id: "a" webhook { body: PAGERDUTY secret: "key" })"),
                               "notice_receivers[0]");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(model::way_text(**read), "https://events.pagerduty.com/v2/enqueue");
  EXPECT_TRUE(std::get<model::Webhook>((*read)->way).tls->verify_certificate);
}

TEST(NoticeReceivers, AreRefusedByPathWithTheRemedy) {
  EXPECT_THAT(refusal(R"(id: "a b" command { command: "x" })"),
              HasSubstr("notice_receivers[0].id: \"a b\" is not the id of a notice receiver"));
  EXPECT_THAT(refusal(R"(id: "a")"), HasSubstr("has neither webhook nor command; give one"));
  EXPECT_THAT(refusal(R"(id: "a" webhook { url: "ftp://example.com" })"),
              HasSubstr("notice_receivers[0].webhook.url"));
  EXPECT_THAT(refusal(R"(id: "a" webhook { body: PAGERDUTY })"),
              HasSubstr("webhook.secret: is missing"));
  EXPECT_THAT(refusal(R"(id: "a" webhook { url: "http://a.example" secret: "../key" })"),
              HasSubstr("use the name of a file in the folder of signpostd --secrets"));
  EXPECT_THAT(refusal(R"(id: "a" webhook { url: "http://a.example"
                                           skip_certificate_verification: true })"),
              HasSubstr("http has no certificates"));
  EXPECT_THAT(refusal(R"(id: "a" command { command: "/bin/sh" })"),
              HasSubstr("notice_receivers[0].command.command[0]"));
  EXPECT_THAT(refusal(R"(id: "a" command { command: "x" } kinds: NOTICE_KIND_UNSPECIFIED)"),
              HasSubstr("kinds[0]"));
}

TEST(Url, LeadsToHostPortAndPath) {
  const auto url = parse_http_url("http://hooks.example.com:81?a=b", "url");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_FALSE(url->https);
  EXPECT_EQ(url->target.host, "hooks.example.com");
  EXPECT_EQ(url->target.port, 81);
  EXPECT_EQ(url->path, "/?a=b");
}

TEST(Url, IsRefusedWhereItIsNotPlain) {
  for (const char* text :
       {"", "https://", "https://:443/", "example.com/x", "https://user@example.com/",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:1x/",
        "https://example.com/#part", "https://exa mple.com/", "https://[::1/", "https://[::1]x/",
        "https://example.com/\r\nHost: other", "https://0.0.0.0/", "HTTP://example.com/"}) {
    EXPECT_FALSE(parse_http_url(text, "url").ok()) << text;
  }
}

TEST(NoticeBodies, AreTheNoticeAsJson) {
  const model::Notice notice{7, std::chrono::system_clock::time_point(std::chrono::seconds(90)),
                             flip("web", model::Health::kUnhealthy)};
  const auto body = boost::json::parse(notice_body(notice, {}, "", "here")).as_object();
  EXPECT_EQ(body.at("number"), "7");
  EXPECT_EQ(body.at("time"), "1970-01-01T00:01:30Z");
  EXPECT_EQ(body.at("kind"), "HEALTH_FLIP");
  EXPECT_EQ(body.at("severity"), "CRITICAL");
  const auto& event = body.at("health_flip").as_object();
  EXPECT_EQ(event.at("health_check_id"), "web");
  EXPECT_EQ(event.at("before"), "HEALTHY");
  EXPECT_EQ(event.at("status"), "UNHEALTHY");
  EXPECT_EQ(event.at("reason"), "Failure: <refused> & \"gone\"");
}

TEST(NoticeBodies, AreMessagesForSlackWithItsMarkupEscaped) {
  model::NoticeReceiver slack;
  model::Webhook webhook;
  webhook.body = model::WebhookBody::kSlack;
  slack.way = webhook;
  const model::Notice notice{7, {}, flip("web", model::Health::kUnhealthy)};
  const auto body = boost::json::parse(notice_body(notice, slack, "", "here")).as_object();
  EXPECT_EQ(body.size(), 1u);
  EXPECT_EQ(body.at("text"),
            ":red_circle: health check web (http://192.0.2.1:80/up) is unhealthy: "
            "Failure: &lt;refused&gt; &amp; \"gone\"");
}

TEST(NoticeBodies, TriggerAndResolveOneIncidentOfPagerDuty) {
  model::NoticeReceiver pager;
  model::Webhook webhook;
  webhook.body = model::WebhookBody::kPagerDuty;
  pager.way = webhook;
  const auto body_of = [&](model::Health health) {
    return boost::json::parse(notice_body({7, {}, flip("web", health)}, pager, "routing", "here"))
        .as_object();
  };
  const auto down = body_of(model::Health::kUnhealthy);
  const auto up = body_of(model::Health::kHealthy);
  EXPECT_EQ(down.at("routing_key"), "routing");
  EXPECT_EQ(down.at("event_action"), "trigger");
  EXPECT_EQ(up.at("event_action"), "resolve");
  EXPECT_EQ(down.at("dedup_key"), "here/health_flip/web");
  EXPECT_EQ(down.at("dedup_key"), up.at("dedup_key"));
  const auto& payload = down.at("payload").as_object();
  EXPECT_EQ(payload.at("severity"), "critical");
  EXPECT_EQ(payload.at("source"), "here");
  EXPECT_EQ(payload.at("component"), "web");
  EXPECT_THAT(std::string(payload.at("summary").as_string()), HasSubstr("is unhealthy"));
  EXPECT_EQ(payload.at("custom_details").as_object().at("number"), "7");
}

TEST(NoticeBodies, KeepTheIncidentsOfOverridesApartAndEndThem) {
  model::NoticeReceiver pager;
  model::Webhook webhook;
  webhook.body = model::WebhookBody::kPagerDuty;
  pager.way = webhook;
  const auto body_of = [&](const model::OverrideChangeEvent& event) {
    return boost::json::parse(notice_body({7, {}, event}, pager, "routing", "here")).as_object();
  };
  const auto set = body_of({3, "root", "override 3: down, region eu-west-1", false, true});
  EXPECT_EQ(set.at("event_action"), "trigger");
  EXPECT_EQ(set.at("dedup_key"), "here/override/3");
  EXPECT_EQ(set.at("payload").as_object().at("severity"), "warning");
  EXPECT_EQ(set.at("payload").as_object().at("summary"),
            "override 3: down, region eu-west-1, by root");
  const auto cleared = body_of({3, "root", "override 3 cleared", true, false});
  EXPECT_EQ(cleared.at("event_action"), "resolve");
  EXPECT_EQ(cleared.at("dedup_key"), set.at("dedup_key"));
}

void expect_back(const model::NoticeEvent& event) {
  const auto time = std::chrono::system_clock::time_point(std::chrono::microseconds(1234567));
  v1::Notice message;
  to_proto(model::Notice{9, time, event}, message);
  const auto notice = from_proto(message);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->number, 9u);
  EXPECT_EQ(notice->time, time);
  EXPECT_TRUE(notice->event == event) << message.DebugString();
}

TEST(NoticeForm, GivesBackWhatItWasGiven) {
  const auto time = std::chrono::system_clock::time_point(std::chrono::microseconds(7654321));
  expect_back(flip("web", model::Health::kHealthy));
  expect_back(model::CertificateEvent{"tls", "https://192.0.2.1/", time, {{"site", "lon"}}});
  expect_back(model::BlindProberEvent{true, 5, 8, ""});
  expect_back(model::OverrideChangeEvent{3, "root", "override 3: down", true, true});
}

class NoticesTest : public ServicesTest {
 protected:
  using Reader = std::unique_ptr<grpc::ClientReader<v1::WatchNoticesResponse>>;

  void SetUp() override {
    ServicesTest::SetUp();
    notices_stub_ = v1::NoticeService::NewStub(channel_);
  }

  void post(const std::string& check, model::Health health) {
    notice_log_.post(flip(check, health));
    notice_log_.mark_stored(++posted_);
  }

  static std::uint64_t next(const Reader& reader, std::uint64_t* missed = nullptr) {
    v1::WatchNoticesResponse response;
    EXPECT_TRUE(reader->Read(&response));
    if (missed != nullptr) *missed = response.missed();
    return response.notice().number();
  }

  Reader watch(grpc::ClientContext& call, std::optional<std::uint64_t> after) {
    v1::WatchNoticesRequest request;
    if (after) request.set_after(*after);
    Reader reader = notices_stub_->WatchNotices(&call, request);
    reader->WaitForInitialMetadata();
    return reader;
  }

  std::unique_ptr<v1::NoticeService::Stub> notices_stub_;
  std::uint64_t posted_ = 0;
};

TEST_F(NoticesTest, StreamsNoticesFromANumberOnAndAsTheyCome) {
  for (int i = 0; i < 3; ++i) post("web", model::Health::kUnhealthy);
  grpc::ClientContext call;
  const Reader reader = watch(call, 1);
  EXPECT_EQ(next(reader), 2u);
  EXPECT_EQ(next(reader), 3u);
  post("web", model::Health::kHealthy);
  EXPECT_EQ(next(reader), 4u);
  call.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(NoticesTest, BeginsTheStreamWithTheNextNoticeUnlessAsked) {
  post("web", model::Health::kUnhealthy);
  grpc::ClientContext call;
  const Reader reader = watch(call, std::nullopt);
  post("web", model::Health::kHealthy);
  EXPECT_EQ(next(reader), 2u);
  call.TryCancel();
}

TEST_F(NoticesTest, TellsAReaderWhatItHasMissed) {
  for (std::size_t i = 0; i < notices::NoticeLog::kKeptMax + 5; ++i)
    post("web", model::Health::kUnhealthy);
  grpc::ClientContext call;
  const Reader reader = watch(call, 2);
  std::uint64_t missed = 0;
  EXPECT_EQ(next(reader, &missed), 6u);
  EXPECT_EQ(missed, 3u);
  call.TryCancel();
}

TEST_F(NoticesTest, RefusesToWaitForANumberThatWasNotReached) {
  grpc::ClientContext call;
  const Reader reader = watch(call, 5);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(NoticesTest, BoundsTheNumberOfWatchers) {
  std::vector<std::unique_ptr<grpc::ClientContext>> calls;
  std::vector<Reader> readers;
  for (int i = 0; i < 16; ++i) {
    calls.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(watch(*calls.back(), std::nullopt));
  }
  grpc::ClientContext call;
  EXPECT_EQ(watch(call, std::nullopt)->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  for (const auto& each : calls) each->TryCancel();
  for (const Reader& reader : readers) reader->Finish();
}

TEST_F(NoticesTest, EndsTheStreamWithWhereToGoOn) {
  post("web", model::Health::kUnhealthy);
  grpc::ClientContext call;
  const Reader reader = watch(call, 0);
  EXPECT_EQ(next(reader), 1u);
  notice_log_.close();
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("--after 1"));
}

TEST_F(NoticesTest, KeepsReceiversInTheConfiguration) {
  const std::string text = R"(
    notice_receivers { id: "pager" webhook { url: "https://hooks.example.com/" secret: "key" } }
    notice_receivers { id: "program" command { command: "tell" timeout_seconds: 10 } })";
  ASSERT_TRUE(apply(text).status.ok());
  ASSERT_EQ(receivers_changed_.size(), 2u);
  EXPECT_EQ(receivers_changed_[0]->id, "pager");
  EXPECT_EQ(plan(config(text)).changes_size(), 0);
  v1::Config exported;
  for (const v1::Config& part : export_all()) exported.MergeFrom(part);
  EXPECT_EQ(exported.DebugString(), config(text).DebugString());
  start("");
  EXPECT_EQ(receivers_changed_.size(), 2u) << "a restart tells of what is stored";
  v1::ApplyOptions prune;
  prune.set_prune(true);
  const auto pruned = apply(R"(
    notice_receivers { id: "program" command { command: "tell" timeout_seconds: 10 } })",
                            prune);
  ASSERT_TRUE(pruned.status.ok()) << pruned.status.error_message();
  ASSERT_EQ(receivers_changed_.size(), 1u);
  EXPECT_EQ(receivers_changed_[0]->id, "program");
}

TEST_F(NoticesTest, TellsOfFlipsOnceTheyAreServed) {
  ASSERT_TRUE(apply(R"(health_checks { id: "web" http { ip_address: "192.0.2.1" } }
                       health_checks { id: "door" recovery_control {} })")
                  .status.ok());
  health::CheckState state;
  state.id = "web";
  state.health = model::Health::kHealthy;
  controller_->on_verdict(state);  // that a new check is healthy is no news
  state.health = model::Health::kUnhealthy;
  state.last_result = "Failure: refused";
  controller_->on_verdict(state);
  ASSERT_TRUE(controller_->set_switch("door", false, "work", false).ok());
  ASSERT_TRUE(controller_->set_switch("door", false, "work", false).ok());  // no flip
  ASSERT_TRUE(controller_->set_switch("door", true, "done", false).ok());
  std::vector<std::string> summaries;
  for (const model::NoticePtr& notice : notice_log_.unstored())
    summaries.push_back(model::summary_of(notice->event));
  EXPECT_THAT(summaries,
              ElementsAre("health check web (http://192.0.2.1:80/) is unhealthy: Failure: refused",
                          "health check door (switch) is unhealthy: switched off: work",
                          "health check door (switch) is healthy: switched on: done"));
  EXPECT_EQ(controller_->running()->seen.of("web"), model::Health::kUnhealthy);
}

TEST(NoticeSpool, SurvivesARestart) {
  const TemporaryFolder folder;
  {
    const auto store = Store::open(folder.path());
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<model::NoticePtr> notices;
    for (std::uint64_t i = 1; i <= notices::NoticeLog::kKeptMax + 3; ++i)
      notices.push_back(std::make_shared<const model::Notice>(
          model::Notice{i, {}, flip("web", model::Health::kUnhealthy)}));
    ASSERT_TRUE((*store)->save_notices(notices).ok());
    ASSERT_TRUE((*store)->save_progress({{"gone", 1}}).ok());
    ASSERT_TRUE((*store)->save_progress({{"pager", 5}}).ok());
  }
  const auto store = Store::open(folder.path());
  ASSERT_TRUE(store.ok()) << store.status();
  const std::vector<model::NoticePtr> kept = (*store)->notices();
  ASSERT_EQ(kept.size(), notices::NoticeLog::kKeptMax);
  EXPECT_EQ(kept.front()->number, 4u);
  EXPECT_EQ(model::check_of(kept.back()->event), "web");
  EXPECT_EQ((*store)->progress(), (notices::ReceiverProgress{{"pager", 5}}));
}

}  // namespace
}  // namespace signpost::control
