#include "signpost/config_stream.h"

#include <array>
#include <memory>
#include <utility>

#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kPartSize = std::size_t{1} << 20;  // octets after which a part is sent

class PartStream {
 public:
  PartStream(v1::ApplyOptions options, NextConfig next)
      : options_(std::move(options)), next_(std::move(next)) {}

  // Fills the next part; false if there is nothing left to say. The first part is sent even if it
  // is empty.
  absl::StatusOr<bool> fill(v1::ApplyRequest& part) {
    const bool first = std::exchange(first_, false);
    if (first) *part.mutable_options() = options_;
    part.mutable_config();
    size_ = 0;
    while (size_ < kPartSize) {
      ASSIGN_OR_RETURN(const bool more, ensure_config());
      if (!more) return first || size_ > 0;
      if (zone_ < config_->zones_size()) {
        take_zone(*part.mutable_config());
      } else if (!take_any(*part.mutable_config())) {
        config_.reset();
      }
    }
    return true;
  }

 private:
  absl::StatusOr<bool> ensure_config() {
    if (config_) return true;
    if (ended_) return false;
    ASSIGN_OR_RETURN(config_, next_());
    zone_ = record_set_ = 0;
    taken_ = {};
    ended_ = !config_;
    return config_.has_value();
  }

  // Moves record sets of the current zone until the part is full or the zone done. The settings go
  // with the first.
  void take_zone(v1::Config& part) {
    v1::Zone& zone = *config_->mutable_zones(zone_);
    v1::Zone& out = *part.add_zones();
    out.set_name(zone.name());
    if (!std::exchange(settings_sent_, true)) copy_settings(zone, out);
    size_ += out.ByteSizeLong() + 1;
    while (record_set_ < zone.record_sets_size() && size_ < kPartSize) {
      v1::RecordSet* set = zone.mutable_record_sets(record_set_++);
      size_ += set->ByteSizeLong() + 1;
      out.add_record_sets()->Swap(set);
    }
    if (record_set_ < zone.record_sets_size()) return;
    ++zone_;
    record_set_ = 0;
    settings_sent_ = false;
  }

  // Moves one element of a list that is not of zones; false if none is left.
  bool take_any(v1::Config& part) {
    v1::Config& left = *config_;
    return take(*left.mutable_health_checks(), taken_[0], *part.mutable_health_checks()) ||
           take(*left.mutable_cidr_collections(), taken_[1], *part.mutable_cidr_collections()) ||
           take(*left.mutable_place_overrides(), taken_[2], *part.mutable_place_overrides()) ||
           take(*left.mutable_regions(), taken_[3], *part.mutable_regions()) ||
           take(*left.mutable_traffic_policies(), taken_[4], *part.mutable_traffic_policies()) ||
           take(*left.mutable_notice_receivers(), taken_[5], *part.mutable_notice_receivers()) ||
           take(*left.mutable_guards(), taken_[6], *part.mutable_guards()) ||
           take(*left.mutable_tsig_keys(), taken_[7], *part.mutable_tsig_keys()) ||
           take(*left.mutable_zone_access(), taken_[8], *part.mutable_zone_access()) ||
           take(*left.mutable_views(), taken_[9], *part.mutable_views()) ||
           take(*left.mutable_forward_rules(), taken_[10], *part.mutable_forward_rules()) ||
           take(*left.mutable_secondary_zones(), taken_[11], *part.mutable_secondary_zones());
  }

  template <typename List>
  bool take(List& from, int& taken, List& to) {
    if (taken == from.size()) return false;
    auto* element = from.Mutable(taken++);
    size_ += element->ByteSizeLong() + 1;
    to.Add()->Swap(element);
    return true;
  }

  static void copy_settings(v1::Zone& zone, v1::Zone& out) {
    google::protobuf::RepeatedPtrField<v1::RecordSet> record_sets;
    zone.mutable_record_sets()->Swap(&record_sets);
    out = zone;
    zone.mutable_record_sets()->Swap(&record_sets);
  }

  v1::ApplyOptions options_;
  NextConfig next_;
  bool first_ = true;
  bool ended_ = false;
  std::optional<v1::Config> config_;
  int zone_ = 0;
  int record_set_ = 0;
  bool settings_sent_ = false;   // of the current zone
  std::array<int, 12> taken_{};  // of the other lists
  std::size_t size_ = 0;
};

}  // namespace

Client::Parts parts_of(const v1::ApplyOptions& options, NextConfig next) {
  auto stream = std::make_shared<PartStream>(options, std::move(next));
  return [stream](v1::ApplyRequest& part) { return stream->fill(part); };
}

NextConfig only(v1::Config config) {
  auto left = std::make_shared<std::optional<v1::Config>>(std::move(config));
  return [left]() -> absl::StatusOr<std::optional<v1::Config>> {
    return std::exchange(*left, std::nullopt);
  };
}

}  // namespace signpost::cli
