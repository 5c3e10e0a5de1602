#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/describe.h"
#include "control/translate.h"
#include "model/guard.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::uint32_t kRateMax = 1'000'000;
constexpr std::uint32_t kSlipMax = 100;
constexpr std::uint32_t kSlipDefault = 2;
constexpr std::uint32_t kRatioMax = 1000;
constexpr std::size_t kInterfaceMax = 15;  // IFNAMSIZ less the end

absl::Status check_range(std::uint32_t value, std::uint32_t least, std::uint32_t most,
                         const std::string& path) {
  if (value >= least && value <= most) return absl::OkStatus();
  return invalid_argument(path, ": ", value, " is not allowed; use ", least, " to ", most);
}

absl::StatusOr<model::RateLimit> read(const v1::RateLimit& in, const std::string& path) {
  model::RateLimit out;
  RETURN_IF_ERROR(check_range(in.replies_per_second(), 1, kRateMax, path + ".replies_per_second"));
  out.replies_per_second = in.replies_per_second();
  out.burst = in.has_burst() ? in.burst() : in.replies_per_second();
  RETURN_IF_ERROR(check_range(out.burst, 1, kRateMax, path + ".burst"));
  out.slip = in.has_slip() ? in.slip() : kSlipDefault;
  RETURN_IF_ERROR(check_range(out.slip, 0, kSlipMax, path + ".slip"));
  if (static_cast<std::size_t>(in.exempt_prefixes_size()) > model::kExemptPrefixesMax)
    return invalid_argument(path, ".exempt_prefixes: has ", in.exempt_prefixes_size(),
                            "; use at most ", model::kExemptPrefixesMax);
  for (int i = 0; i < in.exempt_prefixes_size(); ++i) {
    const absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.exempt_prefixes(i));
    if (!prefix.ok())
      return annotate(prefix.status(), absl::StrCat(path, ".exempt_prefixes[", i, "]"));
    out.exempt.push_back(*prefix);
  }
  out.enforce = in.enforce();
  return out;
}

absl::StatusOr<model::Cookies> read(const v1::Cookies& in, const std::string& path) {
  RETURN_IF_ERROR(check_secret_file(in.secret(), path + ".secret"));
  RETURN_IF_ERROR(check_secret_file(in.former_secret(), path + ".former_secret"));
  return model::Cookies{in.secret(), in.former_secret()};
}

}  // namespace

absl::StatusOr<model::GuardPtr> from_proto(const v1::Guard& in, const std::string& path) {
  auto out = std::make_shared<model::Guard>();
  if (!in.interface().empty()) out->interface = in.interface();
  if (out->interface.size() > kInterfaceMax || out->interface.find('/') != std::string::npos)
    return invalid_argument(path, ".interface: \"", in.interface(),
                            "\" is not the name of an interface; leave it out for all of them");
  if (in.has_rate_limit()) {
    ASSIGN_OR_RETURN(out->rate_limit, read(in.rate_limit(), path + ".rate_limit"));
  }
  if (in.has_cookies()) {
    ASSIGN_OR_RETURN(out->cookies, read(in.cookies(), path + ".cookies"));
  }
  if (in.has_amplification_limit()) {
    const v1::AmplificationLimit& limit = in.amplification_limit();
    RETURN_IF_ERROR(check_range(limit.ratio(), 1, kRatioMax, path + ".amplification_limit.ratio"));
    out->amplification_limit = {limit.ratio(), limit.enforce()};
  }
  if (in.nsid().size() > model::kNsidOctetsMax)
    return invalid_argument(path, ".nsid: is too long; use at most ", model::kNsidOctetsMax,
                            " octets");
  out->nsid = in.nsid();
  return out;
}

void to_proto(const model::Guard& guard, v1::Guard& out) {
  if (guard.interface != model::kEveryInterface) out.set_interface(guard.interface);
  out.set_nsid(guard.nsid);
  if (guard.rate_limit) {
    v1::RateLimit& limit = *out.mutable_rate_limit();
    limit.set_replies_per_second(guard.rate_limit->replies_per_second);
    if (guard.rate_limit->burst != guard.rate_limit->replies_per_second)
      limit.set_burst(guard.rate_limit->burst);
    if (guard.rate_limit->slip != kSlipDefault) limit.set_slip(guard.rate_limit->slip);
    for (const model::Prefix& prefix : guard.rate_limit->exempt)
      limit.add_exempt_prefixes(prefix.text());
    limit.set_enforce(guard.rate_limit->enforce);
  }
  if (guard.cookies) {
    out.mutable_cookies()->set_secret(guard.cookies->secret);
    out.mutable_cookies()->set_former_secret(guard.cookies->former_secret);
  }
  if (guard.amplification_limit) {
    out.mutable_amplification_limit()->set_ratio(guard.amplification_limit->ratio);
    out.mutable_amplification_limit()->set_enforce(guard.amplification_limit->enforce);
  }
}

std::string describe(const model::Guard& guard) {
  std::vector<std::string> parts;
  const auto mode = [](bool enforce) { return enforce ? "" : " (dry run)"; };
  if (guard.rate_limit)
    parts.push_back(absl::StrCat("at most ", guard.rate_limit->replies_per_second,
                                 " replies/s to a prefix", mode(guard.rate_limit->enforce)));
  if (guard.amplification_limit)
    parts.push_back(absl::StrCat("at most ", guard.amplification_limit->ratio, " times the query",
                                 mode(guard.amplification_limit->enforce)));
  if (guard.cookies)
    parts.push_back(guard.cookies->secret.empty() ? std::string("cookies")
                                                  : "cookies by " + guard.cookies->secret);
  if (!guard.nsid.empty()) parts.push_back("NSID " + guard.nsid);
  return parts.empty() ? "nothing" : absl::StrJoin(parts, "; ");
}

}  // namespace signpost::control
