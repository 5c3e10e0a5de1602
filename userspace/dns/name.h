// Domain names (RFC 1034 section 3.1, RFC 1035 section 2.3.4, RFC 4343).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "dns/name_space.h"
#include "dns/shared_octets.h"

namespace signpost::dns {

// An absolute domain name: at most 255 octets of uncompressed wire form, each label 1 to 63 octets.
// It keeps the case it was given; comparison and hashing fold ASCII letters. A value type, never
// invalid, whose copies share their octets.
//
// A name lies in a name space: the public one, as all that are read from packets and records, or
// that of a private view. Names of two name spaces are never equal, nor one below the other; what
// is derived from a name lies where that does.
class Name {
 public:
  // The root.
  Name() = default;

  // Presentation format with RFC 1035 escapes (\X and \DDD). A name without a trailing dot is
  // relative to `origin`;
  // "@" is the origin itself. An error carries Route 53's text for it.
  // The name lies in the origin's name space.
  static absl::StatusOr<Name> parse(std::string_view text, const Name& origin = Name());

  // "NAME" of the public name space, or "NAME@VIEW"; NAME is absolute with or without a trailing
  // dot. The inverse of text().
  static absl::StatusOr<Name> parse_with_view(std::string_view text);

  // Uncompressed wire form, which must end with the root label and hold nothing after it. The name
  // is public.
  static absl::StatusOr<Name> from_wire(std::string_view wire);

  // What key() gave.
  static absl::StatusOr<Name> from_key(std::string_view key);

  std::string_view wire() const {
    const std::string_view all = octets();
    return all.substr(0, all.size() - mark_size(all));
  }

  // The wire form, and behind it the name of the view if the name is private: for what is stored.
  std::string key() const;

  // Presentation format, always with a trailing dot. Every octet but letters, digits, '-', '_' and
  // '*' is escaped. "@VIEW" follows if the name is private.
  std::string text() const;

  NameSpace name_space() const;
  bool is_public() const { return mark_size(octets()) == 0; }

  // The same name in a name space.
  Name in(NameSpace space) const;

  // Labels without the root: 0 for the root, 3 for www.example.com.
  std::size_t label_count() const;

  // The label at `index`, counted from the left, without its length octet. Requires index <
  // label_count().
  std::string_view label(std::size_t index) const;

  bool is_root() const { return octets()[0] == '\0'; }

  // True if the leftmost label is the single octet "*" (RFC 4592 section 2.1.1).
  bool is_wildcard() const { return octets().starts_with("\1*"); }

  // ASCII letters in lower case.
  Name folded() const;

  // Without its leftmost label; the root is its own parent.
  Name parent() const;

  // The rightmost `labels` labels. Requires labels <= label_count().
  Name suffix(std::size_t labels) const;

  // True if this name equals `ancestor` or lies below it.
  bool is_at_or_below(const Name& ancestor) const;

  // `label`.NAME; an error if it would be longer than 255 octets or `label` not 1 to 63 octets.
  absl::StatusOr<Name> with_prefix(std::string_view label) const;

  // This name with the suffix `from` replaced by `to` (RFC 6672 section 2.2). Requires
  // is_at_or_below(from); an error if the result is too long.
  absl::StatusOr<Name> with_suffix_replaced(const Name& from, const Name& to) const;

  friend bool operator==(const Name& a, const Name& b);

  // Canonical DNS order (RFC 4034 section 6.1), by labels from the right, folded, one name space
  // after the other.
  friend std::strong_ordering operator<=>(const Name& a, const Name& b);

  template <typename H>
  friend H AbslHashValue(H state, const Name& name);

 private:
  friend class NameView;

  // Octets of the mark of a private name space.
  static constexpr std::size_t kMarkSize = 2;

  explicit Name(std::string_view octets);

  static std::size_t mark_size(std::string_view octets) {
    return octets.back() == '\0' ? 0 : kMarkSize;
  }

  // The wire form; behind that of a private name lie two octets above 127, the number of its name
  // space: so a public name costs nothing for that there are others, and one comparison or hash is
  // enough for both.
  std::string_view octets() const {
    return octets_.is_empty() ? std::string_view("\0", 1) : octets_.view();
  }

  SharedOctets octets_;  // empty: the public root
};

// A name, or what is behind some of its leftmost labels, in the octets of the name it was made
// from and valid as long as those. Hashes and compares as a Name does: for look-ups without copies.
class NameView {
 public:
  explicit NameView(const Name& name) : wire_(name.octets()) {}

  bool is_root() const { return wire_[0] == '\0'; }
  bool is_wildcard() const { return wire_.starts_with("\1*"); }

  // Without its leftmost label. Requires that this is not the root.
  NameView parent() const {
    return NameView(wire_.substr(1 + static_cast<unsigned char>(wire_[0])));
  }

  Name name() const { return Name(wire_); }

  friend bool operator==(const Name& a, const NameView& b);
  friend bool operator==(const NameView& a, const NameView& b);

  template <typename H>
  friend H AbslHashValue(H state, const NameView& name) {
    std::array<char, kMaxSize> folded;
    name.fold_into(folded);
    const std::size_t size = name.wire_.size();
    return H::combine(H::combine_contiguous(std::move(state), folded.data(), size), size);
  }

 private:
  friend class Name;

  static constexpr std::size_t kMaxSize = 255 + Name::kMarkSize;

  explicit NameView(std::string_view wire) : wire_(wire) {}

  // Writes the folded wire form.
  void fold_into(std::array<char, kMaxSize>& folded) const;

  std::string_view wire_;
};

template <typename H>
H AbslHashValue(H state, const Name& name) {
  return H::combine(std::move(state), NameView(name));
}

}  // namespace signpost::dns
