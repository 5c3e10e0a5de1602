// SvcParams of SVCB and HTTPS (RFC 9460; dohpath RFC 9461, ohttp RFC 9540).
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "dns/fields.h"

namespace signpost::dns {
namespace {

using MaybeProblem = std::optional<Problem>;

// What one key holds.
struct ParamKind {
  MaybeProblem (*parse)(std::string_view text, std::string& value);
  bool (*check)(std::string_view value);
  void (*format)(std::string_view value, std::string& text);  // with quotation marks if needed
};

struct ParamKey {
  std::uint16_t key;
  std::string_view name;
  const ParamKind* kind;
};

constexpr std::uint16_t kMandatory = 0;
constexpr std::uint16_t kAlpn = 1;
constexpr std::uint16_t kNoDefaultAlpn = 2;
constexpr std::uint16_t kInvalidKey = 65535;

constexpr Problem problem(std::string_view remedy) { return {{}, {}, remedy}; }

std::optional<std::uint16_t> parse_key(std::string_view name);
std::string key_name(std::uint16_t key);

// Calls visit(item) for each item of a list with commas; false as soon as visit() is.
template <typename Visit>
bool each_item(std::string_view list, Visit visit) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (!visit(list.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

// mandatory: ascending keys, none twice, not itself (RFC 9460 section 8).
MaybeProblem parse_mandatory(std::string_view text, std::string& value) {
  std::set<std::uint16_t> keys;
  const bool valid = each_item(text, [&](std::string_view name) {
    const auto key = parse_key(name);
    return key && *key != kMandatory && keys.insert(*key).second;
  });
  if (!valid) return problem("list in mandatory each key once, with commas, without mandatory");
  for (const std::uint16_t key : keys) append_integer(key, 2, value);
  return std::nullopt;
}

bool check_mandatory(std::string_view value) {
  if (value.empty() || value.size() % 2 != 0) return false;
  std::uint64_t last = kMandatory;
  for (std::size_t at = 0; at < value.size(); at += 2) {
    const std::uint64_t key = read_integer(value.substr(at, 2));
    if (key <= last) return false;
    last = key;
  }
  return true;
}

void format_mandatory(std::string_view value, std::string& text) {
  for (std::size_t at = 0; at < value.size(); at += 2) {
    if (at > 0) text += ',';
    text += key_name(static_cast<std::uint16_t>(read_integer(value.substr(at, 2))));
  }
}

// alpn: items with a length octet; in text a comma or backslash within an item is escaped by a
// backslash, beneath the escapes of the string itself (RFC 9460 appendix A.1).
MaybeProblem parse_alpn(std::string_view text, std::string& value) {
  constexpr Problem kBadId = problem("list in alpn protocol ids of 1 to 255 octets, as in h2,h3");
  std::string item;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at == text.size() || text[at] == ',') {
      if (item.empty() || item.size() > 255) return kBadId;
      append_integer(item.size(), 1, value);
      value += item;
      item.clear();
    } else {
      if (text[at] == '\\' && ++at == text.size()) return kBadId;
      item += text[at];
    }
  }
  return std::nullopt;
}

bool check_alpn(std::string_view value) {
  if (value.empty()) return false;
  while (!value.empty()) {
    const std::size_t size = static_cast<unsigned char>(value[0]);
    if (size == 0 || size >= value.size()) return false;
    value.remove_prefix(1 + size);
  }
  return true;
}

void format_text(std::string_view value, std::string& text) {
  text += '"';
  append_quoted(value, text);
  text += '"';
}

void format_alpn(std::string_view value, std::string& text) {
  std::string list;
  while (!value.empty()) {
    const std::size_t size = static_cast<unsigned char>(value[0]);
    if (!list.empty()) list += ',';
    for (const char octet : value.substr(1, size)) {
      if (octet == ',' || octet == '\\') list += '\\';
      list += octet;
    }
    value.remove_prefix(1 + size);
  }
  format_text(list, text);
}

MaybeProblem parse_nothing(std::string_view text, std::string&) {
  if (text.empty()) return std::nullopt;
  return problem("remove the value; this key has none");
}

bool check_nothing(std::string_view value) { return value.empty(); }

void format_nothing(std::string_view, std::string&) {}

MaybeProblem parse_port(std::string_view text, std::string& value) {
  const auto port = parse_decimal(text, 65535);
  if (!port) return problem("write in port a number from 0 to 65535");
  append_integer(*port, 2, value);
  return std::nullopt;
}

bool check_port(std::string_view value) { return value.size() == 2; }

void format_port(std::string_view value, std::string& text) {
  absl::StrAppend(&text, read_integer(value));
}

template <int kFamily>
MaybeProblem parse_hint(std::string_view text, std::string& value) {
  if (each_item(text, [&](std::string_view item) { return append_address(kFamily, item, value); }))
    return std::nullopt;
  return kFamily == AF_INET ? problem("list in ipv4hint IPv4 addresses with commas")
                            : problem("list in ipv6hint IPv6 addresses with commas");
}

template <std::size_t kOctets>
bool check_hint(std::string_view value) {
  return !value.empty() && value.size() % kOctets == 0;
}

template <int kFamily>
void format_hint(std::string_view value, std::string& text) {
  constexpr std::size_t kOctets = kFamily == AF_INET ? 4 : 16;
  for (std::size_t at = 0; at < value.size(); at += kOctets) {
    if (at > 0) text += ',';
    format_address(kFamily, value.substr(at, kOctets), text);
  }
}

MaybeProblem parse_ech(std::string_view text, std::string& value) {
  if (!text.empty() && append_base64(text, value)) return std::nullopt;
  return problem("write in ech an ECHConfigList in base 64 (RFC 9848)");
}

bool check_some(std::string_view value) { return !value.empty(); }

// dohpath: a relative URI template with the variable dns (RFC 9461 section 5).
bool check_path(std::string_view value) {
  return !value.empty() && value[0] == '/' && value.find("dns") != std::string_view::npos;
}

MaybeProblem parse_path(std::string_view text, std::string& value) {
  if (!check_path(text)) return problem("write in dohpath a template such as /dns-query{?dns}");
  value += text;
  return std::nullopt;
}

MaybeProblem parse_octets(std::string_view text, std::string& value) {
  value += text;
  return std::nullopt;
}

bool check_octets(std::string_view) { return true; }

constexpr ParamKind kMandatoryKind{parse_mandatory, check_mandatory, format_mandatory};
constexpr ParamKind kAlpnKind{parse_alpn, check_alpn, format_alpn};
constexpr ParamKind kNothingKind{parse_nothing, check_nothing, format_nothing};
constexpr ParamKind kPortKind{parse_port, check_port, format_port};
constexpr ParamKind kIpv4HintKind{parse_hint<AF_INET>, check_hint<4>, format_hint<AF_INET>};
constexpr ParamKind kEchKind{parse_ech, check_some, format_base64};
constexpr ParamKind kIpv6HintKind{parse_hint<AF_INET6>, check_hint<16>, format_hint<AF_INET6>};
constexpr ParamKind kPathKind{parse_path, check_path, format_text};
constexpr ParamKind kOctetsKind{parse_octets, check_octets, format_text};

// IANA, "Service Parameter Keys (SvcParamKeys)"; the index is the key.
constexpr std::array kKeys = {
    ParamKey{kMandatory, "mandatory", &kMandatoryKind},
    ParamKey{kAlpn, "alpn", &kAlpnKind},
    ParamKey{kNoDefaultAlpn, "no-default-alpn", &kNothingKind},
    ParamKey{3, "port", &kPortKind},
    ParamKey{4, "ipv4hint", &kIpv4HintKind},
    ParamKey{5, "ech", &kEchKind},
    ParamKey{6, "ipv6hint", &kIpv6HintKind},
    ParamKey{7, "dohpath", &kPathKind},
    ParamKey{8, "ohttp", &kNothingKind},
};

const ParamKind& kind_of(std::uint16_t key) {
  return key < kKeys.size() ? *kKeys[key].kind : kOctetsKind;
}

std::optional<std::uint16_t> parse_key(std::string_view name) {
  for (const ParamKey& key : kKeys) {
    if (key.name == name) return key.key;
  }
  if (!name.starts_with("key")) return std::nullopt;
  const std::string_view digits = name.substr(3);
  const auto key = parse_decimal(digits, kInvalidKey - 1);
  if (!key || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  return static_cast<std::uint16_t>(*key);
}

std::string key_name(std::uint16_t key) {
  return key < kKeys.size() ? std::string(kKeys[key].name) : absl::StrCat("key", key);
}

using Params = std::map<std::uint16_t, std::string>;

// Rules between keys: mandatory ones are there, no-default-alpn goes with alpn (section 7.1.1).
MaybeProblem check_params(const Params& params) {
  if (params.contains(kNoDefaultAlpn) && !params.contains(kAlpn))
    return problem("no-default-alpn needs alpn beside it");
  const auto mandatory = params.find(kMandatory);
  if (mandatory == params.end()) return std::nullopt;
  const std::string_view keys = mandatory->second;
  for (std::size_t at = 0; at < keys.size(); at += 2) {
    if (!params.contains(static_cast<std::uint16_t>(read_integer(keys.substr(at, 2)))))
      return problem("add every key that mandatory lists");
  }
  return std::nullopt;
}

// One parameter: key, key=value or key="value", where the lexer makes two tokens of the last.
MaybeProblem parse_param(TokenReader& tokens, Params& params) {
  const Token& word = tokens.take();
  if (word.quoted) return problem("write key=\"value\", the quotation mark right behind the '='");
  const std::size_t equals = word.text.find('=');
  std::string_view text;
  if (equals != std::string_view::npos) text = word.text.substr(equals + 1);
  if (equals == word.text.size() - 1 && !tokens.at_end() && tokens.peek().quoted &&
      !tokens.peek().spaced)
    text = tokens.take().text;
  const auto key = parse_key(word.text.substr(0, equals));
  if (!key) return problem("use a key of RFC 9460, or key0 to key65534");
  const auto octets = unescape(text);
  if (!octets) return kBadEscapeProblem;
  std::string value;
  if (auto bad_value = kind_of(*key).parse(*octets, value)) return bad_value;
  if (value.size() > 65535) return problem("shorten the value to 65535 octets");
  if (!params.emplace(*key, std::move(value)).second) return problem("write each key once");
  return std::nullopt;
}

MaybeProblem parse_params(TokenReader& tokens, std::string& wire) {
  Params params;
  while (!tokens.at_end()) {
    if (auto bad_param = parse_param(tokens, params)) return bad_param;
  }
  if (auto conflict = check_params(params)) return conflict;
  for (const auto& [key, value] : params) {
    append_integer(key, 2, wire);
    append_integer(value.size(), 2, wire);
    wire += value;
  }
  return std::nullopt;
}

std::optional<std::size_t> measure_params(std::string_view rest) {
  Params params;
  for (std::string_view left = rest; !left.empty();) {
    if (left.size() < 4) return std::nullopt;
    const auto key = static_cast<std::uint16_t>(read_integer(left.substr(0, 2)));
    const std::size_t size = read_integer(left.substr(2, 2));
    if (left.size() - 4 < size || key == kInvalidKey) return std::nullopt;
    const std::string_view value = left.substr(4, size);
    const bool ascends = params.empty() || key > params.rbegin()->first;
    if (!ascends || !kind_of(key).check(value)) return std::nullopt;
    params.emplace_hint(params.end(), key, value);
    left.remove_prefix(4 + size);
  }
  return check_params(params) ? std::nullopt : std::optional<std::size_t>(rest.size());
}

void format_params(std::string_view field, std::string& text) {
  for (bool first = true; !field.empty(); first = false) {
    const auto key = static_cast<std::uint16_t>(read_integer(field.substr(0, 2)));
    const std::size_t size = read_integer(field.substr(2, 2));
    if (!first) text += ' ';
    text += key_name(key);
    if (size > 0) {
      text += '=';
      kind_of(key).format(field.substr(4, size), text);
    }
    field.remove_prefix(4 + size);
  }
}

}  // namespace

const FieldKind kSvcParamsField{.parse = parse_params,
                                .measure = measure_params,
                                .format = format_params,
                                .may_be_empty = true,
                                .may_be_quoted = true};

}  // namespace signpost::dns
