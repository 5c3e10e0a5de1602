// The fast path, built natively, against the slow path, on the tables that the publisher writes.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

#include "bpf/cookie.h"
#include "bpf/dns_query.h"
#include "bpf/guard_events.h"
#include "bpf/reasons.h"
#include "datapath/publisher.h"
#include "policy/lookup.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"
#include "tests/support/local_answers.h"
#include "tests/support/memory_maps.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/path_comparison.h"
#include "tests/support/question_corpus.h"
#include "tests/support/walk_throughs.h"

namespace signpost::testing {
namespace {

constexpr int kQuestions = 100000;

// The corpus' configuration, published to maps in memory.
class BothPaths : public ::testing::Test {
 protected:
  void SetUp() override {
    const model::ChangeBatch batch = corpus_batch();
    config_ = applied({}, batch);
    const policy::CompiledTable compiled =
        compiler_.compile_batch(config_, corpus_observations(), batch);
    compiler_.accept(compiled);
    auto& control = maps_.control();
    control.port = 53;
    control.listen_count = 2;
    control.listen[0] = {{0, 0, __builtin_bswap32(0xffff), __builtin_bswap32(0xc0000235)}};
    control.listen[1] = {{__builtin_bswap32(0x20010db8), 0, 0, __builtin_bswap32(0x53)}};
    ASSERT_TRUE(publisher_.rebuild(*compiled.table).ok());
  }

  std::uint64_t count(enum reason reason) { return *maps_.find_reason_count(reason); }

  model::Config config_;
  policy::IdRegistry ids_{1000, 1000};
  policy::TableCompiler compiler_{ids_};
  MemoryMaps maps_{datapath::Capacity{10000, 10000, 1000, 1000}};
  datapath::Publisher publisher_{maps_};
  NativeFastpath<MemoryMaps> fastpath_{maps_};
};

TEST_F(BothPaths, GiveTheSameOctetsForEveryQuestionOfTheCorpus) {
  const unsigned seed = 20261121;
  SCOPED_TRACE(seed);
  QuestionCorpus corpus(seed);
  PathComparison comparison(*compiler_.table(), maps_.control().key, 1000);
  int answered = 0;
  for (int i = 0; i < kQuestions; ++i) {
    const std::string query = corpus.next().wire();
    const auto reply = fastpath_.run(query);
    if (!reply) continue;
    ++answered;
    ASSERT_EQ(comparison.check(query, *reply), "") << "question " << i;
  }
  // The corpus asks for what must be passed too (cuts, ANY, other classes, foreign names, large
  // replies), so less than all; a third would mean that the tables are not found.
  EXPECT_GT(answered, kQuestions / 2);
  EXPECT_GT(comparison.equal().at("0 answer"), 10000u);
  EXPECT_GT(comparison.equal().at("0 none"), 5000u);
  EXPECT_GT(comparison.equal().at("3 none"), 5000u);
  for (const enum reason reason : {REASON_OUT_OF_ZONE, REASON_DELEGATION, REASON_QTYPE,
                                   REASON_CLASS, REASON_CUT, REASON_EDNS_VERSION}) {
    EXPECT_GT(count(reason), 0u) << reason;
  }
  EXPECT_EQ(count(REASON_TORN), 0u);
}

// The same with cookies, NSID and a limit of amplification, in queries with and without cookies.
TEST_F(BothPaths, GiveTheSameOctetsUnderAGuard) {
  QuestionCorpus corpus(20261127);
  PathComparison comparison(*compiler_.table(), maps_.control().key, 1000);
  guard& settings = maps_.control().guards[0];
  settings.options = QUERY_NSID | QUERY_COOKIE;
  settings.flags = GUARD_AMPLIFY;
  settings.amplification = 3;
  settings.nsid_length = 11;
  std::memcpy(settings.nsid, "pop-7.lon-1", 11);
  settings.secrets[0][0] = settings.secrets[1][1] = 42;
  comparison.settings = settings;
  comparison.now = fastpath_.now;
  for (int i = 0; i < kQuestions / 5; ++i) {
    const std::string query = corpus.next().wire();
    const auto reply = fastpath_.run(query);
    if (!reply) continue;
    ASSERT_EQ(comparison.check(query, *reply), "") << "question " << i;
  }
  std::string cookie = "\1\2\3\4\5\6\7\10";
  for (int i = 0; i < 1000; ++i) {
    QueryMessage question;
    question.edns =
        Edns{.options = edns_option(10, cookie) + (i % 2 == 0 ? edns_option(3, "") : "")};
    Frame frame;
    frame.payload = question.wire();
    frame.client = "198.51.100." + std::to_string(i / 4);  // each with a cookie of the last one
    const auto reply = fastpath_.run(frame.wire());
    ASSERT_TRUE(reply);
    ASSERT_EQ(comparison.check(frame.wire(), *reply), "") << "cookie " << i;
    cookie = reply->substr(reply->size() - COOKIE_OCTETS);
  }
  EXPECT_GT(*maps_.find_guard_count(GUARD_EVENT_COOKIE_VALID), 700u);
  EXPECT_GT(*maps_.find_guard_count(GUARD_EVENT_COOKIE_INVALID), 200u);
  EXPECT_GT(*maps_.find_guard_count(GUARD_EVENT_AMPLIFY_CUT), 100u);
}

// The same for clients of two views, with zones of their own beside, around and below the public
// ones, aliases that lead from one name space to the other, and networks within networks.
class BothPathsInViews : public BothPaths {
 protected:
  void SetUp() override {
    BothPaths::SetUp();
    BatchBuilder batch;
    batch.view("office", {"128.0.0.0/1", "203.0.113.64/26", "2001:db8::/32"})
        .view("lab", {"192.0.0.0/2", "203.0.113.0/24", "2001:db8:0:8000::/49"});
    batch.zone("example.com.@office", 11)
        .simple("example.com.@office", "www.example.com.@office", dns::RRType::kA, {"10.0.0.1"})
        .simple("example.com.@office", "*.wild.example.com.@office", dns::RRType::kA, {"10.0.0.2"})
        .simple("example.com.@office", "across.example.com.@office", dns::RRType::kCname,
                {"www.example.org."})
        .simple("example.com.@office", "moved.example.com.@office", dns::RRType::kDname,
                {"example.org."})
        .simple("example.com.@office", "alias.example.com.@office", dns::RRType::kCname,
                {"www.example.com."});
    batch.zone("deep.example.com.@lab", 12)
        .simple("deep.example.com.@lab", "www.deep.example.com.@lab", dns::RRType::kA,
                {"10.1.0.1", "10.1.0.2", "10.1.0.3"});
    batch.zone("example.net.@lab", 13)
        .simple("example.net.@lab", "www.example.net.@lab", dns::RRType::kCname,
                {"www.deep.example.com."});
    config_ = applied(config_, batch.batch());
    const policy::CompiledTable compiled =
        compiler_.compile_batch(config_, corpus_observations(), batch.batch());
    compiler_.accept(compiled);
    ASSERT_TRUE(publisher_.stage(*compiled.table, compiled.change).ok());
    ASSERT_TRUE(publisher_.activate().ok());
    ASSERT_TRUE(publisher_.settle().ok());
  }
};

TEST_F(BothPathsInViews, GiveTheSameOctetsForEveryQuestionOfTheCorpus) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  QuestionCorpus corpus(seed);
  std::mt19937 random(seed);
  PathComparison comparison(*compiler_.table(), maps_.control().key, 1000);
  std::map<std::string, int> answered;  // by view
  for (int i = 0; i < kQuestions; ++i) {
    Frame frame = corpus.next();
    const bool is_ipv6 = frame.server.find(':') != std::string::npos;
    // Clients near the ends of networks, and of none, as well.
    const unsigned kind = static_cast<unsigned>(random() % 4);
    if (kind == 0) frame.client = is_ipv6 ? "2001:db9::1" : "100.64.0.1";
    if (kind == 1 && !is_ipv6) frame.client = "203.0.113." + std::to_string(1 + random() % 254);
    const std::string query = frame.wire();
    const auto reply = fastpath_.run(query);
    if (!reply) continue;
    const model::Prefix client = model::Prefix::parse(frame.client).value();
    ++answered[compiler_.table()->views->of(model::first_address(client)).view()];
    ASSERT_EQ(comparison.check(query, *reply), "") << "question " << i << " of " << frame.client;
  }
  for (const char* view : {"", "office", "lab"}) EXPECT_GT(answered[view], kQuestions / 20) << view;
  EXPECT_GT(comparison.equal().at("3 none"), 5000u);
  EXPECT_EQ(count(REASON_TORN), 0u);
}

// What the fast path passes must be no answer that it could have given: the slow path refuses it,
// or has it from no table of the fast path.
TEST_F(BothPathsInViews, AnswerPrivateNamesInTheFastPath) {
  const auto ask = [&](const std::string& name, const std::string& client) {
    QueryMessage query;
    query.name = wire_name(name);
    Frame frame;
    frame.client = client;
    frame.payload = query.wire();
    const auto reply = fastpath_.run(frame.wire());
    return reply ? reply->substr(reply->size() - 4) : "";
  };
  const std::string office("\x0a\0\0\1", 4);
  EXPECT_EQ(ask("www.example.com", "203.0.113.64"), office);
  EXPECT_EQ(ask("alias.example.com", "203.0.113.127"), office);
  EXPECT_EQ(ask("alias.example.com", "130.0.0.1"), office);
  EXPECT_NE(ask("www.example.com", "203.0.113.128"), office) << "the longest network is lab's";
  EXPECT_NE(ask("www.example.com", "198.51.100.1"), office);
  EXPECT_EQ(ask("www.example.net", "198.51.100.1").substr(0, 3), std::string("\x0a\1\0", 3));
  EXPECT_EQ(ask("www.example.net", "130.0.0.1"), "");
}

// The same, with every second answer by locality.
class BothPathsByLocality : public BothPaths {
 protected:
  void SetUp() override {
    BothPaths::SetUp();
    table_ = with_local_answers(*compiler_.table(), random_, random_localities(random_, 500));
    ASSERT_TRUE(publisher_.rebuild(table_).ok());
  }

  PathComparison comparison() { return {table_, maps_.control().key, 1000}; }

  // The name of a node whose A is by locality.
  std::string name_by_locality() {
    for (const char* name : {"www.example.com", "mail.example.com", "api.example.com",
                             "sticky.example.com", "a.b.c.d.example.com", "many.example.com"}) {
      const auto found = policy::find(table_, *dns::Name::parse(name), dns::RRType::kA);
      if (found.answer != nullptr && found.answer->by_locality) return name;
    }
    ADD_FAILURE() << "no name is by locality";
    return "";
  }

  static constexpr unsigned kSeed = 20261121;
  std::mt19937 random_{kSeed};
  model::AnswerTable table_;
};

TEST_F(BothPathsByLocality, GiveTheSameOctetsForEveryQuestionOfTheCorpus) {
  SCOPED_TRACE(kSeed);
  QuestionCorpus corpus(kSeed);
  PathComparison comparison = this->comparison();
  int answered = 0;
  for (int i = 0; i < kQuestions; ++i) {
    const std::string query = corpus.next().wire();
    const auto reply = fastpath_.run(query);
    if (!reply) continue;
    ++answered;
    ASSERT_EQ(comparison.check(query, *reply), "") << "question " << i;
  }
  EXPECT_GT(answered, kQuestions / 2);
  EXPECT_GT(count(REASON_LOCALITY_UNSURE), 300u);
  EXPECT_GT(count(REASON_CUT), 10u);
  EXPECT_EQ(count(REASON_TORN), 0u);
  const std::vector<std::uint64_t> demand = *maps_.demand();
  EXPECT_GT(std::count_if(demand.begin(), demand.end(), [](auto n) { return n > 0; }), 100);
}

// RFC 7871: the scope is the length of the longest prefix that all clients of this answer share;
// the fast path leaves it to the slow path to answer where clients within the source prefix differ.
TEST_F(BothPathsByLocality, TellTheScopeForEverySourcePrefixLength) {
  SCOPED_TRACE(kSeed);
  const std::string name = name_by_locality();
  PathComparison comparison = this->comparison();
  server::SlotSource slots(1000, 1, maps_.control().key);
  const guard settings{};
  const auto no_zones = std::make_shared<const server::ServedZones>();
  server::LimitBuckets buckets(maps_.control().key);
  std::vector<std::uint64_t> expected_demand(table_.localities->localities().size());
  int unsure = 0, sure = 0, by_root = 0;
  for (unsigned source = 1; source <= 128; ++source) {
    for (int i = 0; i < 200; ++i) {
      const std::string address = client_near(random_, source > 32 || i % 2 == 0);
      QueryMessage query;
      query.name = wire_name(name);
      query.edns = Edns{.udp_size = 1232, .options = subnet_of(address, source)};
      model::Prefix prefix{.is_ipv6 = address.size() == 16,
                           .length = static_cast<std::uint8_t>(source),
                           .octets = {}};
      const std::string& sent = query.edns->options;
      std::copy(sent.begin() + 8, sent.end(), prefix.octets.begin());
      const auto found = table_.find_client(prefix);
      const auto own = table_.localities->find(prefix);

      const std::string frame = query_frame(query);
      const auto reply = fastpath_.run(frame);
      std::string message;
      if (found.prefix_length > source) {
        ++unsure;
        ASSERT_FALSE(reply) << prefix.text();
        std::array<std::uint8_t, server::kUdpReplyMax> buffer{};
        const std::string wire = query.wire();
        const server::Reply slow = server::respond({&table_, settings, no_zones, buckets},
                                                   server::as_octets(wire), {}, slots, buffer);
        message = server::as_text(server::Octets(buffer).first(slow.size));
        ASSERT_EQ(slow.locality, own.locality);
      } else {
        ++sure;
        by_root += found.prefix_length < own.prefix_length;
        ASSERT_TRUE(reply) << prefix.text();
        ASSERT_EQ(comparison.check(frame, *reply), "") << prefix.text();
        ++expected_demand[own.locality];
        message = reply->substr(reply->size() - sent.size());
      }
      const std::string echoed = message.substr(message.size() - sent.size());
      std::string expected = sent;
      expected[7] = static_cast<char>(found.prefix_length);
      ASSERT_EQ(echoed, expected) << prefix.text();
    }
  }
  EXPECT_GT(unsure, 1000);
  EXPECT_GT(sure, 1000);
  EXPECT_GT(by_root, 500);
  EXPECT_EQ(count(REASON_LOCALITY_UNSURE), static_cast<std::uint64_t>(unsure));
  std::vector<std::uint64_t> demand = *maps_.demand();
  demand.resize(expected_demand.size());
  EXPECT_EQ(demand, expected_demand);
}

TEST_F(BothPathsByLocality, SayScopeZeroWhereTheLocalityDoesNotDecide) {
  for (const char* options : {"no locality", "source 0"}) {
    const bool has_source = std::string(options) == "no locality";
    QueryMessage query;
    query.name = wire_name(has_source ? "missing.example.com" : name_by_locality());
    query.edns =
        Edns{.options = subnet_of(std::string("\xcb\x00\x71\x00", 4), has_source ? 32 : 0)};
    const std::string frame = query_frame(query);
    const auto reply = fastpath_.run(frame);
    ASSERT_TRUE(reply) << options;
    EXPECT_EQ(comparison().check(frame, *reply), "");
    EXPECT_TRUE(reply->ends_with(query.edns->options)) << options;
  }
}

TEST_F(BothPaths, AnswerEveryDocumentedWalkThroughAsRoute53Does) {
  const policy::CompiledTable compiled = compile_walk_throughs(compiler_);
  ASSERT_TRUE(publisher_.rebuild(*compiled.table).ok());
  PathComparison comparison(*compiled.table, maps_.control().key, 1000);
  for (const WalkThrough& walk : walk_throughs()) {
    SCOPED_TRACE(walk.name + " from " + walk.client);
    const std::string frame = query_frame_of(walk);
    std::map<std::string, int> addresses;
    for (int i = 0; i < walk.queries; ++i) {
      const auto reply = fastpath_.run(frame);
      ASSERT_TRUE(reply);
      EXPECT_EQ(comparison.check(frame, *reply), "");
      std::string error;
      count_addresses(parse_reply(*reply, &error).value().message, addresses);
    }
    EXPECT_EQ(addresses, walk.addresses);
  }
}

TEST_F(BothPaths, GiveExactSharesOverAnyWindowOfTheRing) {
  const auto ask = [&] {
    QueryMessage query;
    query.name = wire_name("api.example.com");
    Frame frame;
    frame.payload = query.wire();
    return fastpath_.run(frame.wire()).value();
  };
  for (int offset = 0; offset < 8; ++offset) {
    ask();
    std::map<std::string, int> given;
    for (int i = 0; i < 8; ++i) {
      const std::string reply = ask();
      ++given[reply.substr(reply.size() - 4)];
    }
    // Tertiary is down: 50 and 30 of 80 are 5 and 3 of 8.
    EXPECT_EQ(given[std::string("\xcb\x00\x71\x01", 4)], 5);
    EXPECT_EQ(given[std::string("\xcb\x00\x71\x02", 4)], 3);
  }
}

}  // namespace
}  // namespace signpost::testing
