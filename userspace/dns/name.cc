#include "dns/name.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/status.h"
#include "dns/name_text.h"
#include "dns/text.h"

namespace signpost::dns {
namespace {

// Folds eight octets at once. Length octets are 0 to 63 and so never letters: a whole wire form may
// be folded.
std::uint64_t fold_word(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t low_bits = word & (0x7f * kOnes);
  const std::uint64_t at_least_a = low_bits + (0x80 - 'A') * kOnes;
  const std::uint64_t beyond_z = low_bits + (0x7f - 'Z') * kOnes;
  const std::uint64_t upper = (at_least_a ^ beyond_z) & ~word & (0x80 * kOnes);
  return word | upper >> 2;  // 0x80 to 0x20
}

std::uint64_t word_at(const char* octets) {
  std::uint64_t word = 0;
  std::memcpy(&word, octets, sizeof word);
  return word;
}

// Writes `size` octets, folded. The last word may overlap the one before.
void fold(const char* octets, std::size_t size, char* folded) {
  const auto fold_at = [&](std::size_t at) {
    const std::uint64_t word = fold_word(word_at(octets + at));
    std::memcpy(folded + at, &word, sizeof word);
  };
  if (size < sizeof(std::uint64_t)) {
    for (std::size_t at = 0; at < size; ++at) folded[at] = to_lower(octets[at]);
    return;
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) fold_at(at);
  fold_at(size - 8);
}

bool equal_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() < sizeof(std::uint64_t)) return equals_ignoring_case(a, b);
  const auto differ = [&](std::size_t at) {
    const std::uint64_t x = word_at(&a[at]);
    const std::uint64_t y = word_at(&b[at]);
    return x != y && fold_word(x) != fold_word(y);
  };
  for (std::size_t at = 0; at + 8 < a.size(); at += 8) {
    if (differ(at)) return false;
  }
  return !differ(a.size() - 8);
}

// Offsets of the labels of a wire form, without the root's.
struct Labels {
  explicit Labels(std::string_view wire) {
    for (std::size_t at = 0; wire[at] != 0; at += 1 + static_cast<unsigned char>(wire[at]))
      offsets[count++] = static_cast<std::uint8_t>(at);
  }

  std::array<std::uint8_t, 127> offsets;
  std::size_t count = 0;
};

std::string_view label_at(std::string_view wire, std::size_t offset) {
  return wire.substr(offset + 1, static_cast<unsigned char>(wire[offset]));
}

// As unsigned octets, folded; absence of an octet sorts before zero (RFC 4034 section 6.1).
std::strong_ordering compare_labels(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto x = static_cast<unsigned char>(to_lower(a[i]));
    const auto y = static_cast<unsigned char>(to_lower(b[i]));
    if (x != y) return x <=> y;
  }
  return a.size() <=> b.size();
}

// Where the rightmost `labels` labels begin.
std::size_t suffix_offset(std::string_view wire, std::size_t labels) {
  const Labels all(wire);
  return labels == 0 ? wire.size() - 1 : all.offsets[all.count - labels];
}

// The mark of a name space.
constexpr unsigned kMarkBits = 7;
constexpr unsigned kMarkFlag = 1u << kMarkBits;

std::string mark_of(NameSpace space) {
  if (space.is_public()) return {};
  const unsigned number = space.number();
  return {static_cast<char>(kMarkFlag | number >> kMarkBits),
          static_cast<char>(kMarkFlag | (number & (kMarkFlag - 1)))};
}

}  // namespace

absl::StatusOr<Name> Name::parse(std::string_view text, const Name& origin) {
  std::string wire;
  if (const auto problem = append_name_text(text, origin.wire(), wire)) {
    return invalid_argument(fatal_problem(*problem, text), "; ", std::string(problem->remedy));
  }
  return Name(wire).in(origin.name_space());
}

absl::StatusOr<Name> Name::parse_with_view(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const bool has_view = at != std::string_view::npos && at > 0 && text[at - 1] != '\\';
  if (!has_view) return parse(text);
  ASSIGN_OR_RETURN(const Name name, parse(text.substr(0, at)));
  if (at + 1 == text.size())
    return invalid_argument("no view follows the \"@\" of ", std::string(text),
                            "; name one, or leave out the \"@\"");
  ASSIGN_OR_RETURN(const NameSpace space, NameSpace::named(text.substr(at + 1)));
  return name.in(space);
}

absl::StatusOr<Name> Name::from_wire(std::string_view wire) {
  const auto size = name_size(wire);
  if (!size) {
    return invalid_argument("no uncompressed domain name of at most 255 octets in the ",
                            wire.size(), " octets given");
  }
  if (*size != wire.size()) {
    return invalid_argument(wire.size() - *size, " octets follow the domain name; remove them");
  }
  return Name(wire);
}

absl::StatusOr<Name> Name::from_key(std::string_view key) {
  const auto size = name_size(key);
  if (!size) return from_wire(key);
  ASSIGN_OR_RETURN(const Name name, from_wire(key.substr(0, *size)));
  ASSIGN_OR_RETURN(const NameSpace space, NameSpace::named(key.substr(*size)));
  return name.in(space);
}

std::string Name::key() const {
  std::string key(wire());
  if (!is_public()) key += name_space().view();
  return key;
}

std::string Name::text() const {
  std::string result;
  append_name_presentation(wire(), result);
  if (!is_public()) result += "@" + name_space().view();
  return result;
}

NameSpace Name::name_space() const {
  if (is_public()) return NameSpace();
  const std::string_view all = octets();
  const auto digit = [&](std::size_t from_end) {
    return static_cast<unsigned char>(all[all.size() - from_end]) & (kMarkFlag - 1);
  };
  return NameSpace::numbered(static_cast<std::uint16_t>(digit(2) << kMarkBits | digit(1)));
}

Name Name::in(NameSpace space) const {
  if (is_public() && space.is_public()) return *this;
  return Name(std::string(wire()) + mark_of(space));
}

std::size_t Name::label_count() const { return Labels(octets()).count; }

std::string_view Name::label(std::size_t index) const {
  return label_at(octets(), Labels(octets()).offsets[index]);
}

void NameView::fold_into(std::array<char, kMaxSize>& folded) const {
  fold(wire_.data(), wire_.size(), folded.data());
}

Name::Name(std::string_view octets) {
  const bool is_public_root = octets.size() == 1;
  if (!is_public_root) octets_ = SharedOctets(octets);
}

Name Name::folded() const {
  const std::string_view all = octets();
  std::array<char, NameView::kMaxSize> folded;
  fold(all.data(), all.size(), folded.data());
  const std::string_view result(folded.data(), all.size());
  return result == all ? *this : Name(result);
}

Name Name::parent() const { return is_root() ? *this : NameView(*this).parent().name(); }

Name Name::suffix(std::size_t labels) const {
  return Name(octets().substr(suffix_offset(wire(), labels)));
}

bool Name::is_at_or_below(const Name& ancestor) const {
  const std::string_view all = octets();
  const std::string_view above = ancestor.octets();
  if (above.size() > all.size()) return false;
  const std::size_t offset = all.size() - above.size();
  std::size_t at = 0;  // the suffix must begin at a label
  while (at < offset) at += 1 + static_cast<unsigned char>(all[at]);
  return at == offset && equal_folded(all.substr(offset), above);
}

absl::StatusOr<Name> Name::with_prefix(std::string_view label) const {
  if (label.empty() || label.size() > kMaxLabelSize) {
    return invalid_argument("a label of ", label.size(), " octets before ", text(),
                            "; a label has 1 to 63 octets");
  }
  if (wire().size() + 1 + label.size() > kMaxNameSize) {
    return invalid_argument("a label of ", label.size(), " octets makes ", text(),
                            " longer than 255 octets; shorten it");
  }
  std::string wire(1, static_cast<char>(label.size()));
  wire += label;
  wire += octets();
  return Name(wire);
}

absl::StatusOr<Name> Name::with_suffix_replaced(const Name& from, const Name& to) const {
  const std::size_t kept = octets().size() - from.octets().size();
  if (kept + to.wire().size() > kMaxNameSize) {
    return invalid_argument(text(), " with ", from.text(), " replaced by ", to.text(),
                            " is longer than 255 octets");
  }
  std::string all(octets().substr(0, kept));
  all += to.octets();
  return Name(all);
}

bool operator==(const Name& a, const Name& b) { return equal_folded(a.octets(), b.octets()); }

bool operator==(const Name& a, const NameView& b) { return NameView(a) == b; }

bool operator==(const NameView& a, const NameView& b) { return equal_folded(a.wire_, b.wire_); }

std::strong_ordering operator<=>(const Name& a, const Name& b) {
  if (const auto order = a.name_space() <=> b.name_space(); order != 0) return order;
  const std::string_view a_wire = a.octets();
  const std::string_view b_wire = b.octets();
  const Labels left(a_wire);
  const Labels right(b_wire);
  const std::size_t common = std::min(left.count, right.count);
  for (std::size_t i = 1; i <= common; ++i) {
    const auto order = compare_labels(label_at(a_wire, left.offsets[left.count - i]),
                                      label_at(b_wire, right.offsets[right.count - i]));
    if (order != 0) return order;
  }
  return left.count <=> right.count;
}

}  // namespace signpost::dns
