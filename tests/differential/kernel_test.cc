// The fast path in the running kernel against the slow path, on hostile frames (reliability: 10^6
// mutants, none may get a reply that the slow path would not give). Needs the rights to load BPF
// programs.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sched.h>

#include "bpf/reasons.h"
#include "datapath/kernel_maps.h"
#include "datapath/program.h"
#include "datapath/publisher.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"
#include "tests/support/frame_mutator.h"
#include "tests/support/local_answers.h"
#include "tests/support/path_comparison.h"
#include "tests/support/walk_throughs.h"

namespace signpost::testing {
namespace {

constexpr int kFrames = 1000000;
constexpr std::size_t kLargestReply = 2048;

// Rings have a cursor a CPU: the comparison needs all runs on one.
void stay_on_this_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &cpus);
  ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

class InTheKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    stay_on_this_cpu();
    auto maps = datapath::KernelMaps::create({10000, 10000, 1000, 1000});
    ASSERT_TRUE(maps.ok()) << maps.status();
    maps_ = *std::move(maps);
    auto& control = maps_->control();
    control.layout_version = SIGNPOST_LAYOUT_VERSION;
    control.port = 53;
    control.listen_count = 2;
    control.listen[0] = {{0, 0, __builtin_bswap32(0xffff), __builtin_bswap32(0xc0000235)}};
    control.listen[1] = {{__builtin_bswap32(0x20010db8), 0, 0, __builtin_bswap32(0x53)}};
    auto program = datapath::Program::open(*maps_);
    ASSERT_TRUE(program.ok()) << program.status();
    program_.emplace(*std::move(program));
    const absl::Status loaded = program_->load();
    ASSERT_TRUE(loaded.ok()) << loaded;

    const model::ChangeBatch batch = corpus_batch();
    const policy::CompiledTable compiled =
        compiler_.compile_batch(applied({}, batch), corpus_observations(), batch);
    compiler_.accept(compiled);
    std::mt19937 random(20261121);
    table_ = with_local_answers(*compiled.table, random, random_localities(random, 500));
    ASSERT_TRUE(datapath::Publisher(*maps_).rebuild(table_).ok());
  }

  // The verdict for a frame, and the frame as it is then.
  std::pair<std::uint32_t, std::string_view> run(const std::string& frame) {
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_out = out_,
                .data_size_in = static_cast<__u32>(frame.size()), .data_size_out = sizeof(out_));
    EXPECT_EQ(bpf_prog_test_run_opts(program_->fd(), &options), 0);
    return {options.retval, std::string_view(out_, options.data_size_out)};
  }

  policy::IdRegistry ids_{1000, 1000};
  policy::TableCompiler compiler_{ids_};
  model::AnswerTable table_;
  std::unique_ptr<datapath::KernelMaps> maps_;
  std::optional<datapath::Program> program_;
  char out_[kLargestReply];
};

TEST_F(InTheKernel, NoHostileFrameGetsAReplyThatTheSlowPathWouldNotGive) {
  const unsigned seed = 20261121;
  SCOPED_TRACE(seed);
  FrameMutator mutator(seed);
  PathComparison comparison(table_, maps_->control().key, 1000);
  int answered = 0;
  for (int i = 0; i < kFrames; ++i) {
    const std::string frame = mutator.next();
    const auto [verdict, after] = run(frame);
    if (verdict == XDP_TX) {
      ++answered;
      ASSERT_EQ(comparison.check(frame, after), "") << "frame " << i;
    } else {
      ASSERT_EQ(verdict, std::uint32_t{XDP_PASS}) << "frame " << i;
      ASSERT_EQ(after, frame) << "frame " << i << " was passed but changed";
    }
  }
  std::cout << answered << " of " << kFrames << " mutants were answered\n";
  // A program that passes everything would pass this test too.
  EXPECT_GE(answered, kFrames / 5);
  const auto reasons = maps_->reason_counts();
  ASSERT_TRUE(reasons.ok());
  EXPECT_EQ((*reasons)[REASON_TORN], 0u);
  EXPECT_GT((*reasons)[REASON_CUT], 0u);
  EXPECT_GT((*reasons)[REASON_LOCALITY_UNSURE], 0u);
}

TEST_F(InTheKernel, EveryDocumentedWalkThroughIsAnsweredAsRoute53Does) {
  const policy::CompiledTable compiled = compile_walk_throughs(compiler_);
  ASSERT_TRUE(datapath::Publisher(*maps_).rebuild(*compiled.table).ok());
  PathComparison comparison(*compiled.table, maps_->control().key, 1000);
  for (const WalkThrough& walk : walk_throughs()) {
    SCOPED_TRACE(walk.name + " from " + walk.client);
    const std::string frame = query_frame_of(walk);
    std::map<std::string, int> addresses;
    for (int i = 0; i < walk.queries; ++i) {
      const auto [verdict, reply] = run(frame);
      ASSERT_EQ(verdict, std::uint32_t{XDP_TX});
      EXPECT_EQ(comparison.check(frame, reply), "");
      std::string error;
      count_addresses(parse_reply(reply, &error).value().message, addresses);
    }
    EXPECT_EQ(addresses, walk.addresses);
  }
}

}  // namespace
}  // namespace signpost::testing
