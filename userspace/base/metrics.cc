#include "base/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <set>

#include "base/log.h"
#include "base/status.h"

namespace signpost::metrics {
namespace {

bool is_letter(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || octet == '_';
}

bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

// [a-zA-Z_][a-zA-Z0-9_]*. Colons, which the format allows, belong to recording rules.
bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers)
    return std::to_string(static_cast<std::int64_t>(value));
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

// The length of the UTF-8 sequence at the start of `text` (RFC 3629 section 4), or 0 if it is none.
std::size_t sequence_length(std::string_view text) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return octet(i) >= low && octet(i) <= high;
  };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// `text` with the format's escapes. What is not UTF-8 becomes U+FFFD: Prometheus refuses a scrape
// that holds it.
std::string escape(std::string_view text, bool in_label) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (text.front() == '\\') {
      out += "\\\\";
    } else if (text.front() == '\n') {
      out += "\\n";
    } else if (in_label && text.front() == '"') {
      out += "\\\"";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

// `{name="value",…}` in the order of the label names, or "" without labels; nothing if they break
// the rules.
std::optional<std::string> label_text(Labels labels) {
  if (labels.empty()) return std::string();
  std::sort(labels.begin(), labels.end());
  std::string out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& [name, value] = labels[i];
    const bool repeated = i > 0 && labels[i - 1].first == name;
    if (!is_identifier(name) || name.starts_with("__") || repeated) return std::nullopt;
    out += (i == 0 ? "{" : ",") + name + "=\"" + escape(value, true) + "\"";
  }
  return out + "}";
}

absl::Status check_family(Type type, const std::string& name, const std::string& help) {
  if (!is_identifier(name))
    return invalid_argument("metric name \"", name, "\" is not an identifier");
  if ((type == Type::kCounter) != name.ends_with("_total"))
    return invalid_argument("metric ", name, ": counters, and no others, end in _total");
  if (help.empty()) return invalid_argument("metric ", name, " has no help text");
  return absl::OkStatus();
}

void complain(std::string_view problem) {
  static log::RateLimit limit;
  log::warning(limit, "metrics left out of a scrape", {{"problem", problem}});
}

// What will be written for one name: the head, then the lines of its samples.
struct Text {
  Type type{};
  std::string lines;
  std::set<std::string> label_sets;
};

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), counts_(upper_bounds_.size() + 1) {}

void Histogram::observe(double value) {
  const auto bound = std::lower_bound(upper_bounds_.begin(), upper_bounds_.end(), value);
  counts_[static_cast<std::size_t>(bound - upper_bounds_.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot result{upper_bounds_, {}, sum_.load(std::memory_order_relaxed)};
  for (const auto& count : counts_) result.counts.push_back(count.load(std::memory_order_relaxed));
  return result;
}

Family& Family::add(Labels labels, double value) {
  samples_.push_back({"", std::move(labels), value});
  return *this;
}

Family& Family::add(const Labels& labels, const Histogram::Snapshot& snapshot) {
  double cumulative = 0;
  for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
    cumulative += static_cast<double>(snapshot.counts[i]);
    const double bound = i < snapshot.upper_bounds.size() ? snapshot.upper_bounds[i]
                                                          : std::numeric_limits<double>::infinity();
    Labels with_bound = labels;
    with_bound.emplace_back("le", number(bound));
    samples_.push_back({"_bucket", std::move(with_bound), cumulative});
  }
  samples_.push_back({"_sum", labels, snapshot.sum});
  samples_.push_back({"_count", labels, cumulative});
  return *this;
}

Registry::Registration& Registry::Registration::operator=(Registration&& other) noexcept {
  if (this == &other) return *this;
  reset();
  registry_ = std::exchange(other.registry_, nullptr);
  id_ = other.id_;
  return *this;
}

void Registry::Registration::reset() {
  Registry* const registry = std::exchange(registry_, nullptr);
  if (registry == nullptr) return;
  const std::lock_guard lock(registry->mutex_);
  registry->collectors_.erase(id_);
}

Registry::Registration Registry::add(Collector collector) {
  const std::lock_guard lock(mutex_);
  collectors_.emplace(next_id_, std::move(collector));
  return Registration(this, next_id_++);
}

std::string Registry::expose() const {
  std::map<std::string, Text> texts;
  const auto write = [&](const Family& family) {
    const auto status = check_family(family.type_, family.name_, family.help_);
    if (!status.ok()) return complain(std::string(status.message()));
    auto [entry, added] = texts.try_emplace(family.name_);
    Text& text = entry->second;
    if (added) {
      text.type = family.type_;
      text.lines = "# HELP " + family.name_ + " " + escape(family.help_, false) + "\n# TYPE " +
                   family.name_ + " " + std::string(type_name(family.type_)) + "\n";
    }
    if (text.type != family.type_) return complain(family.name_ + " has two types");
    for (const Family::Sample& sample : family.samples_) {
      const auto labels = label_text(sample.labels);
      const std::string series = family.name_ + std::string(sample.suffix) + labels.value_or("");
      if (!labels || !text.label_sets.insert(series).second) {
        complain(series + " has bad labels or is there twice");
        continue;
      }
      text.lines += series + " " + number(sample.value) + "\n";
    }
  };

  const std::lock_guard lock(mutex_);
  for (const auto& [id, collect] : collectors_) {
    std::vector<Family> families;
    try {
      collect(families);
    } catch (const std::exception& failure) {
      complain(failure.what());
      continue;
    }
    for (const Family& family : families) write(family);
  }
  std::string out;
  for (const auto& [name, text] : texts) out += text.lines;
  return out;
}

}  // namespace signpost::metrics
