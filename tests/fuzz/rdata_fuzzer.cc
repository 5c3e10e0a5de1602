// RDATA as text and as octets, of the type in the first two octets: what is accepted is well-formed
// and reads back the same.
#include "dns/rdata.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "dns/message_writer.h"

namespace {

using signpost::dns::Name;
using signpost::dns::RRType;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_text(RRType type, std::string_view text, const Name& origin) {
  const auto wire = signpost::dns::parse_rdata(type, text, origin);
  if (!wire.ok()) return;
  require(signpost::dns::check_rdata(type, *wire).ok());
  require(signpost::dns::parse_rdata(type, signpost::dns::format_rdata(type, *wire), Name()) ==
          wire);
}

void check_octets(RRType type, std::string_view wire) {
  const bool valid = signpost::dns::check_rdata(type, wire).ok();
  const std::string text = signpost::dns::format_rdata(type, wire);
  const auto again = signpost::dns::parse_rdata(type, text, Name());
  require(again.ok() == valid);
  if (valid) require(*again == wire);
  std::string folded(wire);
  signpost::dns::fold_names_in_rdata(type, folded);
  require(folded.size() == wire.size());
  if (valid) {
    require(signpost::dns::names_in_rdata(type, folded) ==
            signpost::dns::names_in_rdata(type, wire));
  }
  const Name qname = Name::parse("www.example.com.").value();
  signpost::dns::RecordWriter writer(qname, signpost::dns::Compression::kFull);
  writer.add(std::nullopt, type, 60, wire);
  writer.add(qname, type, 60, wire);
  require(writer.octets().size() <= 2 * (12 + wire.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 60'000) return 0;
  const auto type = static_cast<RRType>(data[0] << 8 | data[1]);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_text(type, input, Name::parse("example.com.").value());
  check_octets(type, input);
  return 0;
}
