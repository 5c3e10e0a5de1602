// What the rules on records collect.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace signpost::policy {

// Sentences, each once; the first of them are enough to act on.
class Problems {
 public:
  template <typename... Parts>
  void add(const Parts&... parts) {
    if (sentences_.size() == kMax) return;
    std::string sentence = absl::StrCat(parts...);
    const auto same = std::find(sentences_.begin(), sentences_.end(), sentence);
    if (same == sentences_.end()) sentences_.push_back(std::move(sentence));
  }

  absl::Status status() const {
    if (sentences_.empty()) return absl::OkStatus();
    if (sentences_.size() == 1) return invalid_argument(sentences_.front());
    return invalid_argument("[", absl::StrJoin(sentences_, ", "), "]");
  }

 private:
  static constexpr std::size_t kMax = 20;

  std::vector<std::string> sentences_;
};

}  // namespace signpost::policy
