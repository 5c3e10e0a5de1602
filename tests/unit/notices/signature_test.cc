#include "notices/signature.h"

#include <gtest/gtest.h>

namespace signpost::notices {
namespace {

// Computed with Python's hmac module.
TEST(Signature, IsTheHmacOfTimestampFullStopAndBody) {
  EXPECT_EQ(signature_of("open sesame", "1700000000", R"({"number":"1"})"),
            "0f7f086b37004693266883a0ef6556de5a6d43fcaa1bd53ad5ad12432b7eb6da");
}

TEST(Signature, DependsOnEachPart) {
  const std::string signature = signature_of("key", "1", "body");
  EXPECT_NE(signature, signature_of("kez", "1", "body"));
  EXPECT_NE(signature, signature_of("key", "2", "body"));
  EXPECT_NE(signature, signature_of("key", "1", "bodz"));
}

}  // namespace
}  // namespace signpost::notices
