// Rendering resource records into the octets of a reply. Records are rendered here and nowhere
// else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

// Which compression pointers (RFC 1035 section 4.1.4) the octets may hold.
enum class Compression {
  // Pointers into the question and earlier records: for octets that always follow one certain
  // QNAME.
  kFull,
  // The same, but only into names that are spelt alike: zones are copied with the case of their
  // names (RFC 5936 section 3.4).
  kFullKeepingCase,
  // An owner that is QNAME, whatever it will be, becomes a pointer to offset 12; nothing else is
  // compressed. For octets that follow any QNAME: wildcard answers, negative answers, referrals.
  kQnameOnly,
};

// Writes records as they follow the question of a message. With kFull the octets are valid only
// after a question with exactly the `qname` given (in any case); with kQnameOnly after any
// question.
class RecordWriter {
 public:
  RecordWriter(const Name& qname, Compression compression);

  // Appends one record of class IN. `owner` nothing: the owner is QNAME, whatever it will be.
  // `rdata` is uncompressed; names inside the RDATA of the types of RFC 1035 are compressed under
  // kFull (RFC 3597 section 4).
  void add(const std::optional<Name>& owner, RRType type, std::uint32_t ttl,
           std::string_view rdata);

  // All octets so far: what follows the question.
  const std::string& octets() const { return octets_; }

  std::size_t record_count() const { return record_count_; }

 private:
  // A name that begins somewhere in the message, by a hash of its folded labels.
  struct Place {
    std::uint32_t hash;
    std::uint16_t offset;
  };

  void add_qname_places();
  void append_rdata(RRType type, std::string_view rdata);
  // `wire` is one name in uncompressed wire form.
  void append_name(std::string_view wire);
  std::optional<std::uint16_t> find(std::string_view wire, std::uint32_t hash) const;
  bool is_at(std::string_view wire, std::size_t offset) const;
  // Length octets are the same in either case.
  bool is_same(char a, char b) const;
  char octet_at(std::size_t offset) const;

  std::string qname_wire_;
  Compression compression_;
  std::size_t question_end_;
  std::size_t record_count_ = 0;
  std::string octets_;
  // Under kFull all suffixes in the message but the root; offsets beyond 0x3fff are not kept.
  std::vector<Place> places_;
};

}  // namespace signpost::dns
