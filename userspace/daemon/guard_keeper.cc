#include "daemon/guard_keeper.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "bpf/dns_query.h"

namespace signpost::daemon {
namespace {

constexpr std::size_t kSecretOctets = 16;
// Clocks of hosts that share an address may differ by five minutes; one that is set is followed
// sooner.
constexpr std::chrono::minutes kRefreshInterval{1};
constexpr std::uint64_t kSecond = 1'000'000'000;
// The XDP program reads a clock that the kernel's tick moves, of 100 Hz or more.
constexpr std::uint64_t kClockStep = kSecond / 100;
static_assert(model::kNsidOctetsMax == NSID_OCTETS_MAX);
static_assert(model::kExemptPrefixesMax == EXEMPT_MAX);

absl::StatusOr<std::string> read_secret(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return failed_precondition("the secret of cookies, ", path, ", can't be read");
  const auto digits = absl::StripAsciiWhitespace(text);
  const bool well =
      digits.size() == 2 * kSecretOctets && std::all_of(digits.begin(), digits.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!well)
    return failed_precondition("the secret of cookies, ", path, ", must be 32 hexadecimal digits");
  return absl::HexStringToBytes(digits);
}

// Only root and the daemon's user may read it.
absl::Status make_secret(const std::string& path) {
  std::array<char, kSecretOctets> octets{};
  if (getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size()))
    return failed_precondition("drawing a secret of cookies: ", std::strerror(errno));
  const std::string text = absl::BytesToHexString(std::string(octets.data(), octets.size())) + "\n";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0)
    return failed_precondition("making the secret of cookies ", path, ": ", std::strerror(errno));
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return written ? absl::OkStatus()
                 : failed_precondition("writing the secret of cookies ", path, ": ",
                                       std::strerror(errno));
}

absl::Status put_secret(const std::string& path, __u64 (&out)[2]) {
  ASSIGN_OR_RETURN(const std::string octets, read_secret(path));
  std::memcpy(out, octets.data(), sizeof out);
  return absl::OkStatus();
}

absl::Status put_secrets(const model::Cookies& cookies, const GuardKeeperOptions& options,
                         guard& out) {
  std::string path = options.own_secret;
  if (!cookies.secret.empty()) {
    path = absl::StrCat(options.secrets_folder, "/", cookies.secret);
  } else if (access(path.c_str(), F_OK) != 0) {
    RETURN_IF_ERROR(make_secret(path));
  }
  RETURN_IF_ERROR(put_secret(path, out.secrets[0]));
  std::memcpy(out.secrets[1], out.secrets[0], sizeof out.secrets[1]);
  if (cookies.former_secret.empty()) return absl::OkStatus();
  return put_secret(absl::StrCat(options.secrets_folder, "/", cookies.former_secret),
                    out.secrets[1]);
}

// Octets of an address or mask in network order, IPv4 as ::ffff:a.b.c.d.
void put_words(const model::Prefix& prefix, const std::array<std::uint8_t, 16>& octets,
               std::uint8_t lead, std::uint32_t (&out)[4]) {
  std::array<std::uint8_t, 16> all{};
  if (prefix.is_ipv6) {
    all = octets;
  } else {
    std::fill(all.begin(), all.begin() + 12, lead);
    std::copy(octets.begin(), octets.begin() + 4, all.begin() + 12);
  }
  std::memcpy(out, all.data(), sizeof out);
}

void put_exempt(const model::Prefix& prefix, guard_prefix& out) {
  std::array<std::uint8_t, 16> mask{};
  for (unsigned bit = 0; bit < prefix.length; ++bit)
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 0x80 >> bit % 8);
  put_words(prefix, prefix.octets, 0, out.address);
  if (!prefix.is_ipv6) out.address[2] = __builtin_bswap32(0xffff);
  put_words(prefix, mask, 0xff, out.mask);
}

void put_rate_limit(const model::RateLimit& limit, guard& out) {
  out.flags |= limit.enforce ? GUARD_LIMIT : GUARD_LIMIT_DRY;
  out.limit_interval = kSecond / limit.replies_per_second;
  out.limit_burst = std::max<std::uint64_t>((limit.burst - 1) * out.limit_interval, kClockStep);
  out.limit_slip = limit.slip;
  out.exempt_count = static_cast<std::uint32_t>(limit.exempt.size());
  for (std::size_t i = 0; i < limit.exempt.size(); ++i) put_exempt(limit.exempt[i], out.exempt[i]);
}

// What is added to seconds of the clock that does not jump.
std::uint64_t clock_offset() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return static_cast<std::uint64_t>(seconds) - server::guard_clock() / kSecond;
}

}  // namespace

absl::StatusOr<guard> guard_image(const model::Guard& from, const GuardKeeperOptions& options) {
  guard out{};
  out.clock_offset = clock_offset();
  if (options.chaos) out.flags |= GUARD_CHAOS;
  if (from.rate_limit) put_rate_limit(*from.rate_limit, out);
  if (from.amplification_limit) {
    out.flags |= from.amplification_limit->enforce ? GUARD_AMPLIFY : GUARD_AMPLIFY_DRY;
    out.amplification = from.amplification_limit->ratio;
  }
  if (!from.nsid.empty()) {
    out.options |= QUERY_NSID;
    out.nsid_length = static_cast<std::uint32_t>(from.nsid.size());
    std::memcpy(out.nsid, from.nsid.data(), from.nsid.size());
  }
  if (from.cookies) {
    out.options |= QUERY_COOKIE;
    RETURN_IF_ERROR(put_secrets(*from.cookies, options, out));
  }
  return out;
}

GuardKeeper::GuardKeeper(GuardKeeperOptions options, server::LiveGuard& live,
                         KernelFastPath* fast_path)
    : options_(std::move(options)), live_(live), fast_path_(fast_path) {}

void GuardKeeper::set_guards(std::vector<model::GuardPtr> guards) {
  std::lock_guard lock(mutex_);
  guards_ = std::move(guards);
  use_while_locked();
}

void GuardKeeper::refresh() {
  std::lock_guard lock(mutex_);
  if (used_) use_while_locked();
}

void GuardKeeper::keep_fresh(boost::asio::io_context& io) {
  timer_.emplace(io, kRefreshInterval, [this] { refresh(); });
}

model::GuardPtr GuardKeeper::guard_of(const std::string& interface) const {
  const auto named = [&](const std::string& name) {
    return std::find_if(guards_.begin(), guards_.end(),
                        [&](const model::GuardPtr& each) { return each->interface == name; });
  };
  auto found = named(interface);
  if (found == guards_.end()) found = named(model::kEveryInterface);
  return found == guards_.end() ? std::make_shared<const model::Guard>() : *found;
}

// An adopted fast path may go by a guard of the daemon before, and so gets one at the start, even
// if there is none.
void GuardKeeper::use_while_locked() {
  used_ = used_ || !guards_.empty();
  if (const absl::Status status = use(); !status.ok())
    log::warning("a guard could not be put into use, and the ones before stay",
                 {{"error", std::string(status.message())}});
}

absl::Status GuardKeeper::use() {
  ASSIGN_OR_RETURN(const guard slow, guard_image(*guard_of(model::kEveryInterface), options_));
  std::vector<guard> fast;
  for (const std::string& interface : options_.interfaces) {
    ASSIGN_OR_RETURN(const guard image, guard_image(*guard_of(interface), options_));
    fast.push_back(image);
  }
  live_.store(std::make_shared<const guard>(slow));
  return fast_path_ == nullptr ? absl::OkStatus() : fast_path_->set_guards(fast);
}

}  // namespace signpost::daemon
