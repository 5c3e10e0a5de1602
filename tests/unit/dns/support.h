// Helpers of the tests of module dns.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "dns/name.h"

namespace signpost::dns {

inline Name name(std::string_view text) {
  auto parsed = Name::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return parsed.ok() ? *parsed : Name();
}

inline std::string to_hex(std::string_view octets) {
  return absl::BytesToHexString(std::string(octets));
}

inline std::string from_hex(std::string_view digits) {
  return absl::HexStringToBytes(std::string(digits));
}

// A generator with a new seed each run, printed so that a failure can be repeated: set the
// environment variable SIGNPOST_TEST_SEED.
inline std::mt19937_64 seeded_generator() {
  const char* given = std::getenv("SIGNPOST_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "SIGNPOST_TEST_SEED=" << seed << "\n";
  return std::mt19937_64(seed);
}

// Short labels of few different octets, so that equal suffixes are common; sometimes very long
// ones.
inline Name random_name(std::mt19937_64& random) {
  static constexpr std::string_view kOctets{"aAbBzZ09-_*.\\\0\xff [@`{", 21};
  Name result;
  for (auto labels = random() % 6; labels > 0; --labels) {
    std::string label;
    const auto size = random() % 8 == 0 ? 1 + random() % 63 : 1 + random() % 2;
    while (label.size() < size) label += kOctets[random() % kOctets.size()];
    if (auto longer = result.with_prefix(label); longer.ok()) result = *longer;
  }
  return result;
}

MATCHER_P(FailsWith, text, "") {
  *result_listener << "is " << arg.status();
  return !arg.ok() && absl::StrContains(std::string(arg.status().message()), text);
}

}  // namespace signpost::dns
