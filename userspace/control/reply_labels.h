// Counts of replies in words: the labels of signpost_answers_total, and `signpost top`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/reply_counts.h"

namespace signpost::control {

struct LabelledReplies {
  std::string type;  // "other" for those without a mnemonic, and for those counted together
  std::string rcode;
  std::string outcome;
  std::uint64_t replies = 0;
  friend bool operator==(const LabelledReplies&, const LabelledReplies&) = default;
};

// The same counts, each combination of labels once.
std::vector<LabelledReplies> labelled(const std::vector<server::ReplyCount>& counts);

}  // namespace signpost::control
