// Octets that are few as a rule.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace signpost::model {

// Octets of any number; up to 16, as many as a record with one address has behind the question,
// take no memory of their own.
class Octets {
 public:
  Octets() = default;
  Octets(std::string_view octets) : octets_(octets.begin(), octets.end()) {}  // NOLINT: a string
  Octets(const std::string& octets) : Octets(std::string_view(octets)) {}     // NOLINT: likewise

  std::string_view view() const { return {octets_.data(), octets_.size()}; }
  operator std::string_view() const { return view(); }  // NOLINT: likewise
  std::size_t size() const { return octets_.size(); }
  bool empty() const { return octets_.empty(); }

  friend bool operator==(const Octets& a, const Octets& b) { return a.view() == b.view(); }

 private:
  absl::InlinedVector<char, 16> octets_;
};

}  // namespace signpost::model
