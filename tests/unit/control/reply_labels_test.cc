#include "control/reply_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::control {
namespace {

using server::ReplyOutcome;
using ::testing::ElementsAre;

TEST(ReplyLabels, PutTypesWithoutAMnemonicWithTheOthers) {
  EXPECT_THAT(labelled({{0, ReplyOutcome::kNodata, 0, 5},
                        {0, ReplyOutcome::kNodata, 54, 2},  // not assigned
                        {0, ReplyOutcome::kNodata, 65, 1}}),
              ElementsAre(LabelledReplies{"HTTPS", "NOERROR", "nodata", 1},
                          LabelledReplies{"other", "NOERROR", "nodata", 7}));
}

TEST(ReplyLabels, KeepResponseCodesAndOutcomesApart) {
  EXPECT_THAT(labelled({{0, ReplyOutcome::kAnswer, 1, 1},
                        {3, ReplyOutcome::kNxdomain, 1, 2},
                        {16, ReplyOutcome::kError, 1, 3}}),
              ElementsAre(LabelledReplies{"A", "NOERROR", "answer", 1},
                          LabelledReplies{"A", "NXDOMAIN", "nxdomain", 2},
                          LabelledReplies{"A", "BADVERS", "error", 3}));
}

}  // namespace
}  // namespace signpost::control
