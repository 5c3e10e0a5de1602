#include "secondary/secondaries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>

#include "secondary/secondary_metrics.h"
#include "tests/unit/secondary/primary_messages.h"
#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::secondary {
namespace {

using dns::RRType;
using upstream::Asked;
using upstream::FakeDnsServer;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kApex = "example.com.";

// A server that has example.com.
class Primary {
 public:
  explicit Primary(boost::asio::io_context& io)
      : server_(io, [this](const Asked& asked) { return react(asked); }) {}

  upstream::Server server() const { return server_.server(); }
  // Queries that came, by type: "SOA AXFR".
  const std::vector<std::string>& asked() const { return asked_; }

  std::uint32_t serial = 5;
  std::string timers = "7200 900 1209600 300";
  std::vector<TestRecord> records{ns(), address("www.example.com.", "192.0.2.1")};
  std::vector<TestRecord> differences{};  // what IXFR gives; empty: NOTIMP
  std::optional<dns::TsigKey> signs{};
  bool is_silent = false;
  bool stops_halfway = false;  // within a whole zone

 private:
  std::vector<std::string> react(const Asked& asked) {
    const RRType type = dns::read_message_head(asked.octets)->question.type;
    asked_.push_back(dns::to_text(type));
    if (is_silent) return {};
    std::string message = reply(asked.octets, answers(type));
    if (type == RRType::kIxfr && differences.empty())
      message = upstream::reply_to(asked.octets, {.rcode = 4});
    if (!signs) return {message};
    const auto query =
        dns::read_message_records(asked.octets, *dns::read_message_head(asked.octets));
    const std::optional<dns::Tsig> tsig = dns::find_tsig(*query);
    dns::TsigSigner signer(*signs, tsig ? tsig->mac : "");
    dns::append_tsig(message, signer, static_cast<std::uint64_t>(std::time(nullptr)));
    return {message};
  }

  std::vector<TestRecord> answers(RRType type) const {
    if (type == RRType::kSoa) return {soa(serial, timers)};
    if (type == RRType::kIxfr) return differences;
    std::vector<TestRecord> whole{soa(serial, timers)};
    whole.insert(whole.end(), records.begin(), records.end());
    if (!stops_halfway) whole.push_back(soa(serial, timers));
    return whole;
  }

  std::vector<std::string> asked_;
  FakeDnsServer server_;
};

class SecondariesTest : public ::testing::Test {
 protected:
  SecondariesTest() {
    options_.round.query_timeout = 200ms;
    options_.round.transfer.idle = 200ms;
    options_.now = [this] { return std::chrono::steady_clock::now() + passed_; };
  }

  // Begins with what is remembered from before.
  void start(Contacts contacts = {}) {
    Hooks hooks;
    hooks.key = [this](const dns::Name& key_name) -> std::optional<dns::TsigKey> {
      return known_key_ && key_name == known_key_->name ? known_key_ : std::nullopt;
    };
    hooks.apply = [this](Transfer transfer, const OnApplied& on_applied) {
      transfers_.push_back(std::move(transfer));
      on_applied(applying_ ? applying_(transfers_.back()) : absl::OkStatus());
    };
    hooks.drop_records = [this](const dns::Name&, const OnApplied& on_applied) {
      ++drops_;
      on_applied(absl::OkStatus());
    };
    hooks.remember_contact = [this](const dns::Name& apex, std::int64_t time) {
      contacts_[apex] = time;
    };
    hooks.forget_contact = [this](const dns::Name& apex) { contacts_.erase(apex); };
    contacts_ = contacts;
    secondaries_.emplace(io_, options_, std::move(hooks), std::move(contacts));
  }

  ZoneSetting zone_from(const std::vector<const Primary*>& primaries,
                        std::optional<dns::Soa> held = std::nullopt, bool with_key = false) {
    model::SecondaryZone zone{.zone = name(kApex), .primaries = {}, .max_mebibytes = 1};
    for (const Primary* primary : primaries)
      zone.primaries.push_back({primary->server().address, primary->server().port,
                                with_key ? std::optional(key().name) : std::nullopt});
    return {std::make_shared<const model::SecondaryZone>(zone), std::move(held)};
  }
  void copy(const std::vector<const Primary*>& primaries,
            std::optional<dns::Soa> held = std::nullopt, bool with_key = false) {
    std::vector<ZoneSetting> zones;
    zones.push_back(zone_from(primaries, std::move(held), with_key));
    secondaries_->set_zones(std::move(zones));
  }

  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_TRUE(condition()) << "did not happen within 20 s";
  }
  std::uint64_t count(RefreshResult result) const {
    return secondaries_->counts().refreshes[static_cast<std::size_t>(result)];
  }
  void run_until_one(RefreshResult result, std::uint64_t number = 1) {
    run_until([&] { return count(result) == number; });
  }
  static std::string error_of(const Primary& primary, const std::string& text) {
    return absl::StrCat(upstream::to_text(primary.server()), ": ", text);
  }
  SecondaryState state() const {
    const std::vector<SecondaryState> states = secondaries_->states();
    return states.size() == 1 ? states[0] : SecondaryState();
  }
  void pass(std::chrono::seconds time) {
    passed_ += time;
    secondaries_->look();
  }

  boost::asio::io_context io_;
  std::chrono::seconds passed_{0};  // by the clock that the zones go by
  Options options_;
  std::optional<dns::TsigKey> known_key_ = key();
  std::vector<Transfer> transfers_;
  std::function<absl::Status(const Transfer&)> applying_;
  int drops_ = 0;
  Contacts contacts_;
  std::optional<Secondaries> secondaries_;
};

TEST_F(SecondariesTest, TransfersAZoneThatIsNew) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA", "AXFR"));
  ASSERT_EQ(transfers_.size(), 1u);
  EXPECT_EQ(transfers_[0].primary, "127.0.0.1");
  EXPECT_THAT(texts_of(transfers_[0].records), ElementsAre("example.com. 300 NS ns1.example.com.",
                                                           "www.example.com. 60 A 192.0.2.1"));
  EXPECT_EQ(contacts_.count(name(kApex)), 1u);
  EXPECT_EQ(state().serial, 5u);
  EXPECT_EQ(state().primary, "127.0.0.1");
  EXPECT_EQ(state().last_error, "");
  EXPECT_TRUE(state().next_refresh && state().expires && state().last_contact);
}

TEST_F(SecondariesTest, AsksAgainWhenTheSoaSaysSo) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  pass(7200s);
  run_until_one(RefreshResult::kUpToDate);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA", "AXFR", "SOA"));
  EXPECT_EQ(transfers_.size(), 1u);
}

TEST_F(SecondariesTest, TakesDifferencesAfterANotice) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  primary.serial = 6;
  primary.differences = {soa(6), soa(5), soa(6), address("new.example.com.", "192.0.2.9"), soa(6)};
  secondaries_->notify(name(kApex), "127.0.0.1");
  run_until_one(RefreshResult::kIncremental);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA", "AXFR", "SOA", "IXFR"));
  ASSERT_EQ(transfers_.size(), 2u);
  EXPECT_THAT(texts_of(transfers_[1].differences.at(0).added),
              ElementsAre("new.example.com. 60 A 192.0.2.9"));
  EXPECT_EQ(state().serial, 6u);
  EXPECT_EQ(secondaries_->counts().notifies, 1u);
}

TEST_F(SecondariesTest, TakesTheWholeZoneWhereDifferencesAreNotToBeHad) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  primary.serial = 6;
  secondaries_->notify(name(kApex), "127.0.0.1");
  run_until_one(RefreshResult::kWhole, 2);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA", "AXFR", "SOA", "IXFR", "AXFR"));
}

TEST_F(SecondariesTest, TakesTheWholeZoneWhereDifferencesDoNotFit) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  primary.serial = 6;
  primary.differences = {soa(6), soa(5), address("no.example.com.", "192.0.2.9"), soa(6), soa(6)};
  applying_ = [](const Transfer& transfer) {
    return transfer.kind == TransferKind::kIncremental
               ? absl::FailedPreconditionError("it removes what is not held")
               : absl::OkStatus();
  };
  secondaries_->notify(name(kApex), "127.0.0.1");
  run_until_one(RefreshResult::kWhole, 2);
  EXPECT_EQ(transfers_.back().kind, TransferKind::kWhole);
}

TEST_F(SecondariesTest, AsksTheNextPrimaryIfOneIsSilentOrHasNoZone) {
  Primary silent(io_);
  silent.is_silent = true;
  Primary good(io_);
  start();
  copy({&silent, &good});
  run_until_one(RefreshResult::kWhole);
  EXPECT_THAT(silent.asked(), ElementsAre("SOA", "SOA"));
  EXPECT_THAT(good.asked(), ElementsAre("SOA", "AXFR"));
}

TEST_F(SecondariesTest, AsksThePrimaryFirstThatHasToldOfAChange) {
  Primary first(io_);
  Primary second(io_);
  // Told apart by their addresses.
  std::vector<ZoneSetting> zones;
  model::SecondaryZone zone = *zone_from({&first, &second}).zone;
  zone.primaries[0].address = "127.0.0.2";
  zones.push_back({std::make_shared<const model::SecondaryZone>(zone), held(5)});
  start({{name(kApex), std::time(nullptr)}});
  secondaries_->set_zones(std::move(zones));
  secondaries_->notify(name(kApex), "127.0.0.1");
  run_until([&] { return !second.asked().empty(); });
  EXPECT_THAT(first.asked(), IsEmpty());
}

TEST_F(SecondariesTest, RefusesAZoneThatIsNotSignedByTheKey) {
  Primary unsigned_one(io_);
  Primary other_secret(io_);
  other_secret.signs = key('x');
  start();
  copy({&unsigned_one, &other_secret}, std::nullopt, true);
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(state().last_error, error_of(unsigned_one, "its reply is not signed; ") +
                                    error_of(other_secret, "the signature of its reply is wrong"));
  EXPECT_THAT(transfers_, IsEmpty());
  EXPECT_EQ(state().serial, std::nullopt);
}

TEST_F(SecondariesTest, TakesAZoneThatIsSignedByTheKey) {
  Primary primary(io_);
  primary.signs = key();
  start();
  copy({&primary}, std::nullopt, true);
  run_until_one(RefreshResult::kWhole);
}

TEST_F(SecondariesTest, DoesNotAskWithoutTheSecretOfTheKey) {
  Primary primary(io_);
  known_key_.reset();
  start();
  copy({&primary}, std::nullopt, true);
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(state().last_error,
            error_of(primary, "the secret of its TSIG key xfr.example. is unknown"));
  EXPECT_THAT(primary.asked(), IsEmpty());
}

TEST_F(SecondariesTest, CutsOffAPrimaryThatStopsInTheMiddle) {
  Primary primary(io_);
  primary.stops_halfway = true;
  start();
  copy({&primary});
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(state().last_error,
            error_of(primary, "its transfer was cut off: no whole message came for 200 ms"));
  EXPECT_THAT(transfers_, IsEmpty());
}

TEST_F(SecondariesTest, DoesNotGoBackToAnEarlierSerial) {
  Primary primary(io_);
  primary.serial = 4;
  start({{name(kApex), std::time(nullptr)}});
  copy({&primary}, held(5));
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(state().last_error, error_of(primary, "its serial 4 is behind ours, 5"));
  EXPECT_EQ(state().serial, 5u);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA"));
}

TEST_F(SecondariesTest, KeepsWhatIsHeldIfATransferCantBeApplied) {
  Primary primary(io_);
  primary.serial = 6;
  start({{name(kApex), std::time(nullptr)}});
  applying_ = [](const Transfer&) { return absl::InvalidArgumentError("no NS record"); };
  copy({&primary}, held(5));
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(state().last_error, error_of(primary, "no NS record"));
  EXPECT_EQ(state().serial, 5u);
}

TEST_F(SecondariesTest, DropsTheRecordsOfAZoneThatExpiresAndTakesThemAgain) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  primary.is_silent = true;
  pass(1209599s);
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(drops_, 0);
  EXPECT_EQ(state().serial, 5u);
  pass(1s);
  run_until([&] { return !state().serial; });
  EXPECT_EQ(drops_, 1);
  EXPECT_EQ(secondaries_->counts().expiries, 1u);
  EXPECT_THAT(contacts_, IsEmpty());
  primary.is_silent = false;
  secondaries_->notify(name(kApex), "127.0.0.1");
  run_until_one(RefreshResult::kWhole, 2);
  EXPECT_EQ(state().serial, 5u);
  EXPECT_EQ(drops_, 1);
}

TEST_F(SecondariesTest, ARestartDoesNotMakeAZoneLastLonger) {
  Primary primary(io_);
  primary.is_silent = true;
  start({{name(kApex), std::time(nullptr) - 1209000}});
  copy({&primary}, held(5));
  run_until_one(RefreshResult::kFailed);
  EXPECT_EQ(drops_, 0);
  pass(601s);
  run_until([&] { return drops_ == 1; });
}

TEST_F(SecondariesTest, AZoneOfWhichNoContactIsKnownHasExpired) {
  Primary primary(io_);
  start();
  copy({&primary}, held(5));
  run_until_one(RefreshResult::kWhole);
  EXPECT_EQ(drops_, 1);
  EXPECT_THAT(primary.asked(), ElementsAre("SOA", "AXFR"));
}

TEST_F(SecondariesTest, ForgetsZonesThatAreNotCopiedAnyMore) {
  Primary primary(io_);
  start({{name("former.example."), 1}});
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  EXPECT_EQ(contacts_.count(name("former.example.")), 0u);
  secondaries_->set_zones({});
  run_until([&] { return secondaries_->states().empty(); });
  EXPECT_THAT(contacts_, IsEmpty());
}

TEST_F(SecondariesTest, MetricsTellOfTheZoneThatIsNearestToItsExpiry) {
  Primary primary(io_);
  start();
  copy({&primary});
  run_until_one(RefreshResult::kWhole);
  metrics::Registry registry;
  const auto kept = registry.add([&](std::vector<metrics::Family>& families) {
    collect_secondaries(secondaries_->states(), secondaries_->counts(),
                        *state().last_contact + 604800s, families);
  });
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("signpost_secondary_zones{state=\"current\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_secondary_zones{state=\"without_records\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("signpost_secondary_refreshes_total{result=\"whole\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_secondary_expiry_used_ratio 0."));
}

}  // namespace
}  // namespace signpost::secondary
