#include "control/store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

#include "control/batch_preparation.h"
#include "control/soa_serial.h"
#include "control/sqlite.h"
#include "policy/validate.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

// Applies batches as the controller does, without publishing.
class Keeper {
 public:
  explicit Keeper(const std::string& folder) : store_(Store::open(folder)) {
    if (!store_.ok()) return;
    StoredState state = (*store_)->take_state();
    config_ = state.config;
    health_ = state.health;
    last_zone_id_ = state.last_zone_id;
  }

  absl::Status apply(
      model::ChangeBatch batch, const std::function<bool()>& may_commit = [] { return true; }) {
    const model::ZoneId last = prepare(config_, last_zone_id_, batch);
    auto after = policy::apply_batch(config_, batch);
    if (!after.ok()) return after.status();
    const Deltas deltas = deltas_of(config_, *after, batch);
    HistoryEntry entry{.generation = after->generation,
                       .time = std::chrono::system_clock::now(),
                       .author = batch.author,
                       .comment = batch.comment,
                       .counts = count(deltas)};
    const absl::Status committed = (*store_)->commit(entry, deltas, last, may_commit);
    if (!committed.ok()) return committed;
    config_ = *after;
    last_zone_id_ = last;
    return absl::OkStatus();
  }

  absl::Status save_snapshot() {
    return (*store_)->save_snapshot({.config = config_,
                                     .last_zone_id = last_zone_id_,
                                     .health = health_,
                                     .externals = {},
                                     .overrides = {},
                                     .installation_id = (*store_)->installation_id()});
  }

  const absl::Status status() const { return store_.status(); }
  Store& store() { return **store_; }
  const model::Config& config() const { return config_; }
  const StoredHealthById& health() const { return health_; }

  const model::RecordGroup* group(const std::string& apex, const std::string& owner,
                                  dns::RRType type) const {
    const model::ZonePtr* zone = config_.zones.find(name(apex));
    return zone ? (*zone)->group(name(owner), type) : nullptr;
  }

 private:
  absl::StatusOr<std::unique_ptr<Store>> store_;
  model::Config config_;
  StoredHealthById health_;
  model::ZoneId last_zone_id_ = 0;
};

model::ChangeBatch www_batch(const std::string& address) {
  model::ChangeBatch batch;
  batch.author = "tester";
  batch.comment = "www is " + address;
  batch.changes.push_back(
      put("example.com.", "www.example.com.", simple(dns::RRType::kA, 60, {address})));
  return batch;
}

void fill(Keeper& keeper) {
  ASSERT_TRUE(keeper.status().ok()) << keeper.status();
  model::ChangeBatch batch = zone_batch("example.com.");
  batch.changes.push_back(model::PutHealthCheck{check("check-one")});
  batch.changes.push_back(model::PutHealthCheck{check("check-two")});
  batch.changes.push_back(
      put("example.com.", "api.example.com.", failover("192.0.2.1", "192.0.2.2")));
  ASSERT_TRUE(keeper.apply(batch).ok());
  ASSERT_TRUE(keeper.apply(www_batch("192.0.2.10")).ok());
}

TEST(Store, BeginsWithTheEmptyState) {
  TemporaryFolder folder;
  Keeper keeper(folder / "state");
  ASSERT_TRUE(keeper.status().ok()) << keeper.status();
  EXPECT_EQ(keeper.config().generation, 0u);
  EXPECT_TRUE(keeper.config().zones.empty());
  EXPECT_EQ(keeper.store().installation_id().size(), 32u);
}

TEST(Store, HoldsAfterARestartWhatWasCommitted) {
  TemporaryFolder folder;
  std::string installation;
  model::Config before;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    before = keeper.config();
    installation = keeper.store().installation_id();
  }
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_EQ(again.config().generation, 2u);
  EXPECT_EQ(again.store().installation_id(), installation);
  ASSERT_NE(again.group("example.com.", "api.example.com.", dns::RRType::kA), nullptr);
  EXPECT_EQ(*again.group("example.com.", "api.example.com.", dns::RRType::kA),
            *failover("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(again.config().health_checks.size(), 2u);
  EXPECT_EQ(**again.config().health_checks.find("check-one"), *check("check-one"));
  EXPECT_EQ((*again.config().zones.find(name("example.com.")))->id,
            (*before.zones.find(name("example.com.")))->id);
}

TEST(Store, KeepsNothingOfAChangeThatMayNotBeCommitted) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    EXPECT_TRUE(absl::IsCancelled(keeper.apply(www_batch("192.0.2.99"), [] { return false; })));
    EXPECT_EQ(keeper.store().history(0, 1)->front().generation, 2u);
    ASSERT_TRUE(keeper.apply(www_batch("192.0.2.11")).ok());
  }
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_EQ(again.config().generation, 3u);
  const model::RecordGroup* www = again.group("example.com.", "www.example.com.", dns::RRType::kA);
  ASSERT_NE(www, nullptr);
  EXPECT_EQ(www->sets.front().rdata.front(), std::string("\xc0\x00\x02\x0b", 4));
}

TEST(Store, ForgetsADeletedZoneWithAllItsRecords) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    model::ChangeBatch batch;
    batch.changes.push_back(model::DeleteZone{name("example.com.")});
    ASSERT_TRUE(keeper.apply(batch).ok());
  }
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_TRUE(again.config().zones.empty());
  EXPECT_EQ(again.config().generation, 3u);
}

TEST(Store, ListsItsHistoryNewestFirst) {
  TemporaryFolder folder;
  Keeper keeper(folder.path());
  fill(keeper);
  const auto entries = keeper.store().history(0, 2);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].generation, 2u);
  EXPECT_EQ((*entries)[0].comment, "www is 192.0.2.10");
  EXPECT_EQ((*entries)[0].author, "tester");
  EXPECT_EQ((*entries)[0].counts.added, 1u);
  EXPECT_EQ((*entries)[1].generation, 1u);
  EXPECT_EQ((*entries)[1].counts.added, 7u);  // the zone, its SOA and NS, two checks, two sets
  const auto older = keeper.store().history(1, 10);
  ASSERT_TRUE(older.ok());
  ASSERT_EQ(older->size(), 1u);
  EXPECT_EQ((*older)[0].generation, 0u);
}

TEST(Store, FoldsTheChangesOfSeveralGenerations) {
  TemporaryFolder folder;
  Keeper keeper(folder.path());
  fill(keeper);
  ASSERT_TRUE(keeper.apply(www_batch("192.0.2.11")).ok());
  ASSERT_TRUE(keeper.apply(www_batch("192.0.2.12")).ok());
  const auto deltas = keeper.store().deltas_between(2, 4);
  ASSERT_TRUE(deltas.ok()) << deltas.status();
  ASSERT_EQ(deltas->groups.size(), 2u);  // www and the SOA, once each
  for (const GroupDelta& delta : deltas->groups) {
    if (delta.type != dns::RRType::kA) continue;
    EXPECT_EQ(*delta.before, *simple(dns::RRType::kA, 60, {"192.0.2.10"}));
    EXPECT_EQ(*delta.after, *simple(dns::RRType::kA, 60, {"192.0.2.12"}));
  }
  ASSERT_TRUE(keeper.apply(www_batch("192.0.2.10")).ok());
  const auto back = keeper.store().deltas_between(2, 5);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(count(*back).changed, 0u);  // only the serial is another
  EXPECT_TRUE(absl::IsNotFound(keeper.store().deltas_between(2, 9).status()));
}

// The serials of example.com are 5, 6 (www comes), 7 and 8 (www changes) in generations 1 to 4.
class ZoneChanges : public ::testing::Test {
 protected:
  ZoneChanges() : keeper_(folder_.path()) {
    fill(keeper_);
    EXPECT_TRUE(keeper_.apply(www_batch("192.0.2.11")).ok());
    EXPECT_TRUE(keeper_.apply(www_batch("192.0.2.12")).ok());
  }
  absl::StatusOr<Deltas> since(std::uint32_t serial, model::ConfigGeneration to = 4) {
    return keeper_.store().zone_changes(name("example.com."), serial, to);
  }
  static const GroupDelta& of_type(const Deltas& deltas, dns::RRType type) {
    for (const GroupDelta& delta : deltas.groups)
      if (delta.type == type) return delta;
    throw std::runtime_error("no change of that type");
  }

  TemporaryFolder folder_;
  Keeper keeper_;
};

TEST_F(ZoneChanges, AreFoundByTheSerial) {
  const auto one = since(7);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(*of_type(*one, dns::RRType::kA).before, *simple(dns::RRType::kA, 60, {"192.0.2.11"}));
  EXPECT_EQ(*of_type(*one, dns::RRType::kA).after, *simple(dns::RRType::kA, 60, {"192.0.2.12"}));
  EXPECT_EQ(serial_of(*of_type(*one, dns::RRType::kSoa).before), 7u);
  EXPECT_EQ(serial_of(*of_type(*one, dns::RRType::kSoa).after), 8u);
  const auto all = since(5);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(of_type(*all, dns::RRType::kA).before, nullptr);
  const auto earlier = since(6, 3);
  ASSERT_TRUE(earlier.ok());
  EXPECT_EQ(serial_of(*of_type(*earlier, dns::RRType::kSoa).after), 7u);
}

TEST_F(ZoneChanges, AreOfThatZoneAlone) {
  ASSERT_TRUE(keeper_.apply(zone_batch("example.org.")).ok());
  const auto changes = since(7, 5);
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(changes->groups.size(), 2u);
}

TEST_F(ZoneChanges, AreNotKnownForASerialThatTheZoneNeverHad) {
  for (const std::uint32_t serial : {0u, 4u, 8u, 99u})
    EXPECT_TRUE(absl::IsNotFound(since(serial).status())) << serial;
}

TEST_F(ZoneChanges, AreFoundInFilesOfAnOlderVersion) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
  }
  auto database = Database::open(folder / "state.db", Database::Access::kReadWrite);
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE(database->execute("DROP INDEX history_serials; PRAGMA user_version=6").ok());
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_TRUE(again.store().zone_changes(name("example.com."), 5, 2).ok());
}

TEST(Store, RemembersHealth) {
  TemporaryFolder folder;
  const auto since = std::chrono::system_clock::time_point(std::chrono::seconds(1700000000));
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(
        keeper.store().save_health({{"check-one", {model::Health::kUnhealthy, since}}}, {}).ok());
  }
  Keeper again(folder.path());
  ASSERT_EQ(again.health().size(), 1u);
  EXPECT_EQ(again.health().at("check-one").health, model::Health::kUnhealthy);
  EXPECT_EQ(again.health().at("check-one").since, since);
}

TEST(Store, RemembersWhenPrimariesWereHeard) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    ASSERT_TRUE(keeper.store().save_contact(name("example.com."), 1700000000).ok());
    ASSERT_TRUE(keeper.store().save_contact(name("example.com."), 1700000001).ok());
    ASSERT_TRUE(keeper.store().save_contact(name("former.example."), 5).ok());
    ASSERT_TRUE(keeper.store().forget_contact(name("former.example.")).ok());
  }
  Keeper again(folder.path());
  EXPECT_EQ(again.store().contacts(),
            (std::map<dns::Name, std::int64_t>{{name("example.com."), 1700000001}}));
}

TEST(Store, RemembersAnswersToExternalAliases) {
  TemporaryFolder folder;
  const model::ExternalAnswer answer{{std::string("\0\1", 2), std::string(300, 'x')}, 30, 99, true};
  {
    Keeper keeper(folder.path());
    const auto shared = std::make_shared<const model::ExternalAnswer>(answer);
    ASSERT_TRUE(keeper.store().save_externals({{"a. A", shared}, {"b. A", shared}}).ok());
    ASSERT_TRUE(keeper.store().save_externals({{"b. A", nullptr}}).ok());
  }
  auto again = Store::open(folder.path());
  ASSERT_TRUE(again.ok()) << again.status();
  const ExternalAnswers kept = (*again)->take_state().externals;
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(*kept.at("a. A"), answer);
}

TEST(Snapshot, RemembersOverridesAndSafetyRules) {
  TemporaryFolder folder;
  StoredState state;
  state.installation_id = std::string(16, 'i');
  model::Override down;
  down.number = 3;
  down.scope = model::RegionScope{"eu-west-1"};
  down.owner = "root";
  down.reason = "racks";
  down.set = std::chrono::system_clock::time_point(std::chrono::seconds(90));
  state.overrides = {
      .last_number = 4,
      .overrides = {std::make_shared<const model::Override>(down)},
      .rules = {{.name = "sites", .at_least = 2, .check_ids = {"a", "b"}, .selector = ""}}};
  ASSERT_TRUE(write_snapshot(folder / "snapshot.bin", state).ok());
  for (const char* start : {"from the snapshot", "from the database made of it"}) {
    auto opened = Store::open(folder.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    const OverrideState kept = (*opened)->take_state().overrides;
    EXPECT_EQ(kept.last_number, 4u) << start;
    ASSERT_EQ(kept.overrides.size(), 1u) << start;
    EXPECT_EQ(model::override_words(*kept.overrides[0], 100),
              "down by override 3 of root until cleared: racks")
        << start;
    ASSERT_EQ(kept.rules.size(), 1u) << start;
    EXPECT_EQ(kept.rules[0].check_ids, (std::vector<std::string>{"a", "b"})) << start;
  }
}

TEST(Snapshot, RemembersAnswersToExternalAliases) {
  TemporaryFolder folder;
  const model::ExternalAnswer answer{{std::string("\0\1", 2), std::string(300, 'x')}, 30, 99, true};
  StoredState state;
  state.installation_id = std::string(16, 'i');
  state.externals["a. A"] = std::make_shared<const model::ExternalAnswer>(answer);
  ASSERT_TRUE(write_snapshot(folder / "snapshot.bin", state).ok());
  for (const char* start : {"from the snapshot", "from the database made of it"}) {
    auto opened = Store::open(folder.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    const ExternalAnswers kept = (*opened)->take_state().externals;
    ASSERT_EQ(kept.size(), 1u) << start;
    EXPECT_EQ(*kept.at("a. A"), answer) << start;
  }
}

TEST(Store, KeepsASecondProcessOut) {
  TemporaryFolder folder;
  Keeper first(folder.path());
  Keeper second(folder.path());
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another signpostd uses the state folder"));
}

std::vector<std::string> files_like(const std::string& folder, const std::string& part) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find(part) != std::string::npos) {
      found.push_back(entry.path().filename());
    }
  }
  return found;
}

void overwrite(const std::string& path, std::streamoff at, const std::string& octets) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_TRUE(file.good()) << path;
  file.seekp(at);
  file << octets;
}

TEST(Store, StartsFromTheSnapshotIfTheDatabaseIsNoDatabase) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(keeper.save_snapshot().ok());
    ASSERT_TRUE(keeper.apply(www_batch("192.0.2.99")).ok());
  }
  overwrite(folder / "state.db", 0, std::string(4096, 'x'));
  {
    Keeper again(folder.path());
    ASSERT_TRUE(again.status().ok()) << again.status();
    EXPECT_EQ(again.config().generation, 2u);
    EXPECT_EQ(*again.group("example.com.", "www.example.com.", dns::RRType::kA),
              *simple(dns::RRType::kA, 60, {"192.0.2.10"}));
    EXPECT_FALSE(files_like(folder.path(), "state.db.corrupt-").empty());
    ASSERT_TRUE(again.apply(www_batch("192.0.2.11")).ok());
  }
  Keeper third(folder.path());
  ASSERT_TRUE(third.status().ok()) << third.status();
  EXPECT_EQ(third.config().generation, 3u);
  EXPECT_TRUE(absl::IsNotFound(third.store().deltas_between(1, 3).status()));
}

TEST(Store, NoticesAnyOctetThatChangedInStoredContent) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(keeper.save_snapshot().ok());
  }
  std::ifstream file(folder / "state.db", std::ios::binary);
  const std::string octets((std::istreambuf_iterator<char>(file)), {});
  const std::string address("\xc0\x00\x02\x0a", 4);
  std::size_t flipped = 0;
  for (std::size_t at = octets.find(address); at != std::string::npos;
       at = octets.find(address, at + 1)) {
    overwrite(folder / "state.db", static_cast<std::streamoff>(at) + 3, "\x0b");
    ++flipped;
  }
  ASSERT_GT(flipped, 0u);
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_FALSE(files_like(folder.path(), "state.db.corrupt-").empty());
  EXPECT_EQ(*again.group("example.com.", "www.example.com.", dns::RRType::kA),
            *simple(dns::RRType::kA, 60, {"192.0.2.10"}));
}

TEST(Store, StartsFromTheSnapshotIfTheDatabaseIsMissing) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(keeper.save_snapshot().ok());
  }
  for (const std::string& file : files_like(folder.path(), "state.db")) {
    std::filesystem::remove(folder / file);
  }
  Keeper again(folder.path());
  ASSERT_TRUE(again.status().ok()) << again.status();
  EXPECT_EQ(again.config().generation, 2u);
}

TEST(Store, RefusesToStartIfDatabaseAndSnapshotAreDamaged) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(keeper.save_snapshot().ok());
  }
  overwrite(folder / "state.db", 0, std::string(4096, 'x'));
  overwrite(folder / "snapshot.bin", 60, "x");
  Keeper again(folder.path());
  EXPECT_TRUE(absl::IsDataLoss(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("state.db"));
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("snapshot.bin is damaged"));
  EXPECT_TRUE(files_like(folder.path(), "corrupt").empty());
}

TEST(Store, RefusesFilesOfANewerVersion) {
  TemporaryFolder folder;
  { Keeper keeper(folder.path()); }
  auto database = Database::open(folder / "state.db", Database::Access::kReadWrite);
  ASSERT_TRUE(database.ok() && database->execute("PRAGMA user_version=99").ok());
  Keeper again(folder.path());
  EXPECT_TRUE(absl::IsFailedPrecondition(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("newer signpostd"));
}

TEST(Store, OpensFilesOfAnOlderVersion) {
  for (const char* older :
       {"DROP TABLE health_history; DROP TABLE external_answers; PRAGMA user_version=2",
        "DROP TABLE health_history; DROP TABLE external_answers; DROP TABLE keyed_values; "
        "PRAGMA user_version=1"}) {
    TemporaryFolder folder;
    {
      Keeper keeper(folder.path());
      fill(keeper);
    }
    auto database = Database::open(folder / "state.db", Database::Access::kReadWrite);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->execute(older).ok());
    Keeper again(folder.path());
    ASSERT_TRUE(again.status().ok()) << again.status();
    model::ChangeBatch batch;
    batch.changes.push_back(model::PutRegion{"here", {1, 2}});
    EXPECT_TRUE(again.apply(batch).ok());
    EXPECT_TRUE(again.store().health_history("", 0, 1).ok());
  }
}

HealthFlip flip_of(const std::string& id, int minute, model::Health health) {
  return {.number = 0,
          .check_id = id,
          .time = std::chrono::system_clock::time_point(std::chrono::minutes(minute)),
          .health = health,
          .reason = "Failure: minute " + std::to_string(minute)};
}

TEST(Store, KeepsTheHistoryOfHealthNewestFirstOverARestart) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    ASSERT_TRUE(keeper.store()
                    .save_health({},
                                 {flip_of("a", 1, model::Health::kUnhealthy),
                                  flip_of("b", 2, model::Health::kUnhealthy),
                                  flip_of("a", 3, model::Health::kHealthy)},
                                 Store::Durability::kSystem)
                    .ok());
  }
  Keeper again(folder.path());
  const auto of_a = again.store().health_history("a", 0, 10).value();
  ASSERT_EQ(of_a.size(), 2u);
  EXPECT_EQ(of_a[0].reason, "Failure: minute 3");
  EXPECT_EQ(of_a[0].health, model::Health::kHealthy);
  EXPECT_EQ(of_a[1].time, flip_of("a", 1, {}).time);
  const auto newest = again.store().health_history("", 0, 2).value();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[1].check_id, "b");
  const auto rest = again.store().health_history("", newest[1].number, 2).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].reason, "Failure: minute 1");
}

TEST(Store, ForgetsTheOldestChangesOfHealth) {
  TemporaryFolder folder;
  Keeper keeper(folder.path());
  std::vector<HealthFlip> flips;
  for (int minute = 0; minute < kHealthFlipsMax + 5; ++minute)
    flips.push_back(flip_of("a", minute, model::Health::kHealthy));
  ASSERT_TRUE(keeper.store().save_health({}, flips).ok());
  const auto all = keeper.store().health_history("", 0, flips.size()).value();
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kHealthFlipsMax));
  EXPECT_EQ(all.back().reason, "Failure: minute 5");
}

TEST(Snapshot, RefusesEveryTruncation) {
  TemporaryFolder folder;
  Keeper keeper(folder.path());
  fill(keeper);
  ASSERT_TRUE(keeper.save_snapshot().ok());
  const std::string path = folder / "snapshot.bin";
  ASSERT_TRUE(read_snapshot(path).ok());
  for (auto size = std::filesystem::file_size(path); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    ASSERT_TRUE(absl::IsDataLoss(read_snapshot(path).status())) << size;
  }
}

// Runs `body` in a child that sees the folder mounted read-only; skips where mounting is not
// permitted.
int in_read_only(const std::string& folder, int (*body)(const std::string&)) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        mount(nullptr, folder.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      _exit(77);
    }
    _exit(body(folder));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Store, ServesTheSnapshotFromAReadOnlyFolderAndRefusesChanges) {
  TemporaryFolder folder;
  {
    Keeper keeper(folder.path());
    fill(keeper);
    ASSERT_TRUE(keeper.save_snapshot().ok());
  }
  const int result = in_read_only(folder.path(), [](const std::string& path) {
    Keeper keeper(path);
    if (!keeper.status().ok()) return 1;
    if (keeper.config().generation != 2) return 2;
    if (keeper.store().read_only_reason().find("can't be written to") == std::string::npos)
      return 3;
    if (!absl::IsFailedPrecondition(keeper.apply(www_batch("192.0.2.11")))) return 4;
    if (!absl::IsFailedPrecondition(keeper.store().history(0, 1).status())) return 5;
    return 0;
  });
  if (result == 77) GTEST_SKIP() << "mounting is not permitted";
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace signpost::control
