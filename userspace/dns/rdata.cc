#include "dns/rdata.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/name_text.h"
#include "dns/rdata_table.h"
#include "dns/rdata_tokens.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kMaxRdata = 65535;

constexpr Problem kQuotedProblem{{}, {}, "remove the quotation marks"};

absl::Status refuse(RRType type, std::string_view field, const Problem& problem,
                    std::string_view value) {
  if (problem.code.empty()) {
    return invalid_argument("Invalid Resource Record: ", to_text(type), " ", std::string(field),
                            " ", quoted_excerpt(value), "; ", std::string(problem.remedy));
  }
  return invalid_argument("Invalid Resource Record: '", fatal_problem(problem, value), "'; ",
                          to_text(type), " ", std::string(field), ": ",
                          std::string(problem.remedy));
}

absl::Status refuse_count(const RdataLayout& layout, std::string_view value) {
  std::string needs = absl::StrCat(to_text(layout.type), " needs");
  for (const Field& field : layout.fields)
    absl::StrAppend(&needs, &field == layout.fields.data() ? " " : ", ", std::string(field.name));
  if (layout.wrong_count.code.empty()) {
    return invalid_argument("Invalid Resource Record: ", quoted_excerpt(value), "; ", needs);
  }
  return invalid_argument("Invalid Resource Record: '", fatal_problem(layout.wrong_count, value),
                          "'; ", needs);
}

std::string joined(std::span<const Token> tokens) {
  std::string text;
  for (const Token& token : tokens) {
    if (!text.empty() && token.spaced) text += ' ';
    if (token.quoted) {
      absl::StrAppend(&text, "\"", std::string(token.text), "\"");
    } else {
      text += token.text;
    }
  }
  return text;
}

absl::StatusOr<std::string> parse_fields(const RdataLayout& layout, TokenReader& tokens) {
  std::string wire;
  for (const Field& field : layout.fields) {
    if (tokens.at_end()) {
      if (field.kind->may_be_empty) continue;
      return refuse_count(layout, joined(tokens.all()));
    }
    if (tokens.peek().quoted && !field.kind->may_be_quoted)
      return refuse(layout.type, field.name, kQuotedProblem, tokens.take().text);
    if (const auto problem = field.kind->parse(tokens, wire))
      return refuse(layout.type, field.name, *problem, tokens.last()->text);
  }
  if (!tokens.at_end()) {
    tokens.take();  // the error is about the first superfluous token
    return refuse_count(layout, joined(tokens.all()));
  }
  if (layout.rule != nullptr) {
    if (const auto problem = layout.rule(wire))
      return refuse(layout.type, layout.fields.back().name, *problem, tokens.last()->text);
  }
  return wire;
}

// \# LENGTH HEX, behind the \# (RFC 3597 section 5).
absl::StatusOr<std::string> parse_generic(RRType type, TokenReader& tokens) {
  std::optional<std::uint64_t> length;
  if (!tokens.at_end()) length = parse_decimal(tokens.take().text, kMaxRdata);
  std::string wire;
  bool is_hex = true;
  for (std::string digits; !tokens.at_end();) {
    digits += tokens.take().text;
    if (digits.size() % 2 == 0) {
      is_hex = is_hex && append_hex(digits, wire);
      digits.clear();
    } else if (tokens.at_end()) {
      is_hex = false;
    }
  }
  if (!length || !is_hex || wire.size() != *length) {
    return invalid_argument("Invalid Resource Record: ", to_text(type), " ",
                            quoted_excerpt(joined(tokens.all())),
                            "; write \\# LENGTH and twice LENGTH hexadecimal digits (RFC 3597)");
  }
  RETURN_IF_ERROR(annotate(check_rdata(type, wire), "Invalid Resource Record"));
  return wire;
}

bool is_text_type(RRType type) { return type == RRType::kTxt || type == RRType::kSpf; }

std::string format_generic(std::string_view wire) {
  std::string text = absl::StrCat("\\# ", wire.size());
  if (!wire.empty()) text += ' ';
  format_hex(wire, text);
  return text;
}

}  // namespace

absl::StatusOr<std::string> parse_rdata_tokens(RRType type, TokenReader& tokens) {
  if (!tokens.at_end() && !tokens.peek().quoted && tokens.peek().text == "\\#") {
    tokens.take();
    return parse_generic(type, tokens);
  }
  const RdataLayout* layout = layout_of(type);
  if (layout == nullptr) {
    return invalid_argument("Invalid Resource Record: ", to_text(type), " ",
                            quoted_excerpt(joined(tokens.all())),
                            "; write RDATA of this type as \\# LENGTH HEX (RFC 3597)");
  }
  ASSIGN_OR_RETURN(std::string wire, parse_fields(*layout, tokens));
  if (wire.size() > kMaxRdata) {
    return invalid_argument("Invalid Resource Record: ", to_text(type), " RDATA of ", wire.size(),
                            " octets; shorten it to 65535");
  }
  return wire;
}

absl::StatusOr<std::string> parse_rdata(RRType type, std::string_view text, const Name& origin) {
  constexpr Problem kNotQuoted{
      "InvalidCharacterString", "Value should be enclosed in quotation marks", {}};
  Lexer lexer(text, Comments::kInParentheses);
  std::vector<Token> tokens;
  std::vector<Token> more;
  absl::Status status = lexer.read_entry(tokens);
  if (status.ok()) status = lexer.read_entry(more);
  if (status.ok() && !more.empty()) {
    status = invalid_argument("a line break outside parentheses; write the value on one line");
  }
  if (!status.ok()) {
    const std::string problem =
        is_text_type(type)
            ? absl::StrCat("'", fatal_problem(kNotQuoted, text), "'; ", to_text(type))
            : absl::StrCat(to_text(type), " ", quoted_excerpt(text));
    return invalid_argument("Invalid Resource Record: ", problem, ": ",
                            std::string(status.message()));
  }
  TokenReader reader(tokens, origin.wire());
  return parse_rdata_tokens(type, reader);
}

std::string format_rdata(RRType type, std::string_view wire) {
  const RdataLayout* layout = layout_of(type);
  if (layout == nullptr || !check_rdata(type, wire).ok()) return format_generic(wire);
  std::string text;
  for (const Field& field : layout->fields) {
    const std::size_t size = field.kind->measure(wire).value();
    if (!text.empty() && !(size == 0 && field.kind->may_be_empty)) text += ' ';
    field.kind->format(wire.substr(0, size), text);
    wire.remove_prefix(size);
  }
  return text;
}

absl::Status check_rdata(RRType type, std::string_view wire) {
  if (wire.size() > kMaxRdata) {
    return invalid_argument(to_text(type), " RDATA of ", wire.size(),
                            " octets; it has at most 65535");
  }
  const RdataLayout* layout = layout_of(type);
  if (layout == nullptr) return absl::OkStatus();
  std::string_view rest = wire;
  for (const Field& field : layout->fields) {
    const auto size = field.kind->measure(rest);
    if (!size) {
      return invalid_argument(to_text(type), " RDATA of ", wire.size(), " octets: malformed ",
                              std::string(field.name), " at octet ", wire.size() - rest.size());
    }
    rest.remove_prefix(*size);
  }
  if (!rest.empty()) {
    return invalid_argument(to_text(type), " RDATA of ", wire.size(), " octets: the last ",
                            rest.size(), " octets are superfluous");
  }
  if (layout->rule == nullptr) return absl::OkStatus();
  const auto problem = layout->rule(wire);
  return problem ? invalid_argument(to_text(type), " RDATA: ", std::string(problem->remedy))
                 : absl::OkStatus();
}

std::vector<Name> names_in_rdata(RRType type, std::string_view wire) {
  std::vector<Name> names;
  const RdataLayout* layout = layout_of(type);
  if (layout == nullptr) return names;
  for (const Field& field : layout->fields) {
    const auto size = field.kind->measure(wire);
    if (!size) break;
    if (field.kind->is_name) names.push_back(Name::from_wire(wire.substr(0, *size)).value());
    wire.remove_prefix(*size);
  }
  return names;
}

void fold_names_in_rdata(RRType type, std::string& rdata) {
  const RdataLayout* layout = layout_of(type);
  if (layout == nullptr) return;
  std::size_t at = 0;
  for (const Field& field : layout->fields) {
    const auto size = field.kind->measure(std::string_view(rdata).substr(at));
    if (!size) return;
    const auto begin = rdata.begin() + static_cast<std::ptrdiff_t>(at);
    // Length octets are below 'A'.
    if (field.kind->is_name)
      std::transform(begin, begin + static_cast<std::ptrdiff_t>(*size), begin, to_lower);
    at += *size;
  }
}

std::string Soa::to_rdata() const {
  std::string rdata(mname.wire());
  rdata += rname.wire();
  for (const std::uint32_t number : {serial, refresh, retry, expire, minimum})
    append_integer(number, 4, rdata);
  return rdata;
}

absl::StatusOr<Soa> parse_soa(std::string_view rdata) {
  RETURN_IF_ERROR(check_rdata(RRType::kSoa, rdata));
  std::vector<Name> names = names_in_rdata(RRType::kSoa, rdata);
  const std::string_view numbers = rdata.substr(rdata.size() - 20);
  const auto number = [&](std::size_t index) {
    return static_cast<std::uint32_t>(read_integer(numbers.substr(4 * index, 4)));
  };
  return Soa{std::move(names[0]), std::move(names[1]), number(0), number(1),
             number(2),           number(3),           number(4)};
}

}  // namespace signpost::dns
