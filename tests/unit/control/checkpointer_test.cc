#include "control/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

constexpr std::uintmax_t kWritten = 8u << 20;  // twice what makes SQLite checkpoint by itself

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() {
    auto opened = Database::open(path_, Database::Access::kReadWrite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    writer_.emplace(*std::move(opened));
    EXPECT_TRUE(writer_->execute("PRAGMA journal_mode=WAL; CREATE TABLE t (x BLOB)").ok());
    writer_->leave_checkpoints_to([this](int pages) { pages_ = pages; });
  }

  void commit_much() {
    const absl::Status status =
        writer_->execute(absl::StrCat("INSERT INTO t VALUES (zeroblob(", kWritten, "))"));
    ASSERT_TRUE(status.ok()) << status;
  }

  void checkpoint(Checkpointer::Limits limits) {
    auto checkpointer = Checkpointer::start(path_, limits);
    ASSERT_TRUE(checkpointer.ok()) << checkpointer.status();
    (*checkpointer)->log_grew(pages_);
  }

  std::uintmax_t octets() const { return std::filesystem::file_size(path_); }
  std::uintmax_t log_octets() const { return std::filesystem::file_size(path_ + "-wal"); }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "state.db";
  int pages_ = 0;
  std::optional<Database> writer_;
};

TEST_F(CheckpointerTest, ACommitLeavesTheDatabaseFileAloneHoweverLongTheLog) {
  const std::uintmax_t before = octets();
  commit_much();
  EXPECT_EQ(octets(), before);
  EXPECT_GT(log_octets(), kWritten);
  EXPECT_GT(pages_, 1000);
}

TEST_F(CheckpointerTest, CopiesALongLogAndKeepsItsFile) {
  commit_much();
  checkpoint({.pages = 1000});
  EXPECT_GT(octets(), kWritten);
  EXPECT_GT(log_octets(), kWritten);
}

TEST_F(CheckpointerTest, LeavesAShortLogAlone) {
  const std::uintmax_t before = octets();
  commit_much();
  checkpoint({.pages = pages_ + 1});
  EXPECT_EQ(octets(), before);
}

TEST_F(CheckpointerTest, CutsOffALogThatIsTooLong) {
  commit_much();
  checkpoint({.pages = 1000, .log_octets = kWritten});
  EXPECT_GT(octets(), kWritten);
  EXPECT_EQ(log_octets(), 0u);
}

TEST_F(CheckpointerTest, LeavesTheLogToTheNextTimeWhileATransactionIsOpen) {
  commit_much();
  auto transaction = Transaction::begin(*writer_);
  ASSERT_TRUE(transaction.ok());
  checkpoint({.pages = 1000, .log_octets = kWritten});
  EXPECT_GT(log_octets(), kWritten);
  ASSERT_TRUE(writer_->execute("INSERT INTO t VALUES (1)").ok());
  EXPECT_TRUE(transaction->commit().ok());
}

}  // namespace
}  // namespace signpost::control
