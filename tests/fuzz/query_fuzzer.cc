// Frames of any octets through the XDP program, compiled natively: no access out of bounds, and no
// reply but a whole one that goes back to where the query came from, no longer than the client
// accepts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/bpf/test_table.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace {

using signpost::testing::NativeFastpath;
using signpost::testing::TestTable;

void demand(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "query_fuzzer: %s\n", what.c_str());
  std::abort();
}

void check_reply(std::string_view query, std::string_view frame) {
  std::string error;
  const auto reply = signpost::testing::parse_reply_to(query, frame, &error);
  demand(reply.has_value(), error);
  const std::string& message = reply->message;
  const std::size_t header = reply->link.size() + (reply->client.size() == 16 ? 48 : 28);
  demand(message.size() <= REPLY_OCTETS_MAX, "the reply is too long");
  demand(message.substr(0, 2) == query.substr(header, 2), "the ID is not the query's");
  demand((static_cast<unsigned char>(message[2]) & 0xf8) == 0x80, "QR or opcode is wrong");
  const bool cut = (static_cast<unsigned char>(message[2]) & 0x02) != 0;
  demand(!cut || message.substr(6, 4) == std::string(4, '\0'), "a reply cut off has records");
  demand((static_cast<unsigned char>(message[3]) & 0xf0) == 0, "RA, Z, AD or CD is set");
  const std::size_t end = message.find('\0', 12);
  demand(
      end != std::string::npos && message.substr(12, end - 7) == query.substr(header + 12, end - 7),
      "the question is not the query's");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static TestTable table = signpost::testing::example_table();
  static NativeFastpath<TestTable> program(table);
  if (size > 2048) return 0;
  const std::string frame(reinterpret_cast<const char*>(data), size);
  const auto reply = program.run(frame);
  if (reply) check_reply(frame, *reply);
  return 0;
}
