// The fast path, built natively, against the slow path, on the tables that the publisher writes.
#include <gtest/gtest.h>

#include "bpf/reasons.h"
#include "datapath/publisher.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"
#include "tests/support/memory_maps.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/path_comparison.h"
#include "tests/support/question_corpus.h"

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
  PathComparison comparison(*compiler_.table(), {maps_.control().key[0], maps_.control().key[1]},
                            1000);
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
                                   REASON_CLASS, REASON_TRUNCATE, REASON_EDNS_VERSION}) {
    EXPECT_GT(count(reason), 0u) << reason;
  }
  EXPECT_EQ(count(REASON_TORN), 0u);
  EXPECT_LE(comparison.out_of_turn(), count(REASON_TRUNCATE));
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
