#include "control/snapshot_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "base/status.h"
#include "control/config_builder.h"
#include "control/stored_form.h"
#include "control/translate.h"
#include "signpost/v1/storage.pb.h"

namespace signpost::control {
namespace {

// Before each chunk: its length and its checksum, both little-endian.
constexpr std::string_view kMagic = "signpost snapshot 1\n";
constexpr std::size_t kChunkOctets = 1 << 20;
constexpr std::uint32_t kChunkOctetsMax = 1 << 28;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

absl::Status file_error(const std::string& path, std::string_view action) {
  const std::string message =
      absl::StrCat(std::string(action), " ", path, ": ", std::strerror(errno));
  return errno == ENOSPC ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message);
}

std::int64_t to_microseconds(const std::optional<std::chrono::system_clock::time_point>& time) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  return time ? duration_cast<microseconds>(time->time_since_epoch()).count() : 0;
}

std::optional<std::chrono::system_clock::time_point> from_microseconds(std::int64_t since) {
  if (since == 0) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::microseconds(since));
}

class Writer {
 public:
  Writer(std::FILE* file, const StoredState& state) : file_(file), state_(state) {}

  bool write() {
    if (std::fwrite(kMagic.data(), 1, kMagic.size(), file_) != kMagic.size()) return false;
    v1::SnapshotChunk::Header& header = *chunk_.mutable_header();
    header.set_generation(state_.config.generation);
    header.set_last_zone_id(state_.last_zone_id);
    header.set_installation_id(state_.installation_id);
    state_.config.zones.for_each(
        [&](const dns::Name&, const model::ZonePtr& zone) { add_zone(*zone); });
    state_.config.zones.for_each(
        [&](const dns::Name&, const model::ZonePtr& zone) { add_groups(*zone); });
    state_.config.health_checks.for_each(
        [&](const std::string&, const model::HealthCheckPtr& check) {
          to_proto(*check, *chunk_.add_health_checks());
        });
    add_values();
    for (const auto& [id, known] : state_.health) add_health(id, known);
    for (const auto& [key, answer] : state_.externals) add_external(key, *answer);
    to_stored(state_.overrides, *chunk_.mutable_overrides());
    chunk_.mutable_end()->set_groups(groups_);
    flush();
    return good_;
  }

 private:
  void add_zone(const model::Zone& zone) {
    v1::SnapshotChunk::Zone& out = *chunk_.add_zones();
    out.set_id(zone.id);
    out.set_apex(zone.apex.key());
    to_stored(zone, *out.mutable_settings());
    added(zone.comment.size() + kZoneOctets);
  }

  void add_groups(const model::Zone& zone) {
    zone.owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        v1::SnapshotChunk::Group& out = *chunk_.add_groups();
        out.set_zone_id(zone.id);
        out.set_owner(owner.key());
        out.set_type(static_cast<std::uint32_t>(group->type));
        to_stored(*group, *out.mutable_group());
        ++groups_;
        added(out.ByteSizeLong());
      }
    });
  }

  void add_values() {
    const model::Config& config = state_.config;
    config.cidr_collections.for_each(
        [&](const std::string&, const model::CidrCollectionPtr& collection) {
          add_value(*collection, *chunk_.add_cidr_collections());
        });
    config.place_overrides.for_each([&](const std::string&, const model::PlaceOverridePtr& place) {
      add_value(*place, *chunk_.add_place_overrides());
    });
    config.regions.for_each([&](const std::string& name, const model::Coordinates& coordinates) {
      to_proto(name, coordinates, *chunk_.add_regions());
    });
    config.traffic_policies.for_each(
        [&](const std::string&, const model::TrafficPolicyPtr& policy) {
          add_value(*policy, *chunk_.add_traffic_policies());
        });
    config.notice_receivers.for_each(
        [&](const std::string&, const model::NoticeReceiverPtr& receiver) {
          add_value(*receiver, *chunk_.add_notice_receivers());
        });
    config.guards.for_each([&](const std::string&, const model::GuardPtr& guard) {
      add_value(*guard, *chunk_.add_guards());
    });
    config.tsig_keys.for_each([&](const std::string&, const model::TsigKeyPtr& key) {
      add_value(*key, *chunk_.add_tsig_keys());
    });
    config.zone_access.for_each([&](const std::string&, const model::ZoneAccessPtr& access) {
      add_value(*access, *chunk_.add_zone_access());
    });
    config.views.for_each([&](const std::string&, const model::ViewPtr& view) {
      add_value(*view, *chunk_.add_views());
    });
    config.forward_rules.for_each([&](const std::string&, const model::ForwardRulePtr& rule) {
      add_value(*rule, *chunk_.add_forward_rules());
    });
    config.secondary_zones.for_each(
        [&](const std::string&, const model::SecondaryZonePtr& secondary) {
          add_value(*secondary, *chunk_.add_secondary_zones());
        });
  }

  template <typename Value, typename Message>
  void add_value(const Value& value, Message& out) {
    to_proto(value, out);
    added(out.ByteSizeLong());
  }

  void add_health(const std::string& id, const StoredHealth& known) {
    v1::SnapshotChunk::Health& out = *chunk_.add_health();
    out.set_check_id(id);
    out.set_healthy(known.health == model::Health::kHealthy);
    out.set_since(to_microseconds(known.since));
  }

  void add_external(const std::string& key, const model::ExternalAnswer& answer) {
    v1::SnapshotChunk::External& out = *chunk_.add_externals();
    out.set_key(key);
    for (const std::string& rdata : answer.rdata) out.add_rdata(rdata);
    out.set_ttl(answer.ttl);
    out.set_resolved(answer.resolved);
    out.set_failing(answer.failing);
    added(out.ByteSizeLong());
  }

  void added(std::size_t octets) {
    size_ += octets;
    if (size_ >= kChunkOctets) flush();
  }

  void flush() {
    const std::string octets = chunk_.SerializeAsString();
    const std::uint32_t prefix[2] = {static_cast<std::uint32_t>(octets.size()), checksum(octets)};
    good_ = good_ && std::fwrite(prefix, sizeof(prefix), 1, file_) == 1 &&
            std::fwrite(octets.data(), 1, octets.size(), file_) == octets.size();
    chunk_.Clear();
    size_ = 0;
  }

  static constexpr std::size_t kZoneOctets = 300;
  std::FILE* file_;
  const StoredState& state_;
  v1::SnapshotChunk chunk_;
  std::size_t size_ = 0;
  std::uint64_t groups_ = 0;
  bool good_ = true;
};

class Reader {
 public:
  absl::Status add(const v1::SnapshotChunk& chunk) {
    if (ended_) return absl::DataLossError("octets follow the end");
    if (chunk.has_header()) {
      generation_ = chunk.header().generation();
      state_.last_zone_id = chunk.header().last_zone_id();
      state_.installation_id = chunk.header().installation_id();
    }
    for (const v1::SnapshotChunk::Zone& zone : chunk.zones()) RETURN_IF_ERROR(add_zone(zone));
    for (const v1::SnapshotChunk::Group& group : chunk.groups()) RETURN_IF_ERROR(add_group(group));
    for (const v1::HealthCheck& check : chunk.health_checks()) {
      ASSIGN_OR_RETURN(model::HealthCheckPtr read, from_proto(check, "health check"));
      builder_.add(check.id(), std::move(read));
    }
    RETURN_IF_ERROR(add_values(chunk));
    for (const v1::SnapshotChunk::Health& known : chunk.health()) {
      state_.health[known.check_id()] = {
          known.healthy() ? model::Health::kHealthy : model::Health::kUnhealthy,
          from_microseconds(known.since())};
    }
    for (const v1::SnapshotChunk::External& in : chunk.externals()) {
      state_.externals[in.key()] =
          std::make_shared<const model::ExternalAnswer>(model::ExternalAnswer{
              {in.rdata().begin(), in.rdata().end()}, in.ttl(), in.resolved(), in.failing()});
    }
    if (chunk.has_overrides()) {
      ASSIGN_OR_RETURN(state_.overrides, from_stored(chunk.overrides()));
    }
    ended_ = chunk.has_end();
    if (ended_ && chunk.end().groups() != groups_) return absl::DataLossError("groups are missing");
    return absl::OkStatus();
  }

  absl::StatusOr<StoredState> take() {
    if (!ended_) return absl::DataLossError("the end is missing");
    ASSIGN_OR_RETURN(state_.config, builder_.take(generation_));
    return std::move(state_);
  }

 private:
  absl::Status add_values(const v1::SnapshotChunk& chunk) {
    for (const v1::CidrCollection& in : chunk.cidr_collections()) {
      ASSIGN_OR_RETURN(model::CidrCollectionPtr read, from_proto(in, "collection"));
      builder_.add(in.id(), std::move(read));
    }
    for (const v1::PlaceOverride& in : chunk.place_overrides()) {
      ASSIGN_OR_RETURN(model::PlaceOverridePtr read, from_proto(in, "place override"));
      builder_.add(in.prefix(), std::move(read));
    }
    for (const v1::Region& in : chunk.regions()) {
      ASSIGN_OR_RETURN(const NamedRegion read, from_proto(in, "region"));
      builder_.add(read.name, std::make_shared<const model::Coordinates>(read.coordinates));
    }
    for (const v1::TrafficPolicy& in : chunk.traffic_policies()) {
      builder_.add(model::traffic_policy_key(in.id(), in.version()), from_proto(in));
    }
    for (const v1::NoticeReceiver& in : chunk.notice_receivers()) {
      ASSIGN_OR_RETURN(model::NoticeReceiverPtr read, from_proto(in, "notice receiver"));
      builder_.add(in.id(), std::move(read));
    }
    for (const v1::Guard& in : chunk.guards()) {
      ASSIGN_OR_RETURN(model::GuardPtr read, from_proto(in, "guard"));
      const std::string interface = read->interface;
      builder_.add(interface, std::move(read));
    }
    for (const v1::TsigKey& in : chunk.tsig_keys()) {
      ASSIGN_OR_RETURN(model::TsigKeyPtr read, from_proto(in, "TSIG key"));
      const std::string name = read->name.text();
      builder_.add(name, std::move(read));
    }
    for (const v1::ZoneAccess& in : chunk.zone_access()) {
      ASSIGN_OR_RETURN(model::ZoneAccessPtr read, from_proto(in, "zone access"));
      const std::string key = read->key();
      builder_.add(key, std::move(read));
    }
    for (const v1::View& in : chunk.views()) {
      ASSIGN_OR_RETURN(model::ViewPtr read, from_proto(in, "view"));
      builder_.add(in.name(), std::move(read));
    }
    for (const v1::ForwardRule& in : chunk.forward_rules()) {
      ASSIGN_OR_RETURN(model::ForwardRulePtr read, from_proto(in, "forward rule"));
      builder_.add(in.name(), std::move(read));
    }
    for (const v1::SecondaryZone& in : chunk.secondary_zones()) {
      ASSIGN_OR_RETURN(model::SecondaryZonePtr read, from_proto(in, "secondary zone"));
      const std::string key = read->key();
      builder_.add(key, std::move(read));
    }
    return absl::OkStatus();
  }

  absl::Status add_zone(const v1::SnapshotChunk::Zone& in) {
    model::Zone zone;
    zone.id = in.id();
    ASSIGN_OR_RETURN(zone.apex, dns::Name::from_key(in.apex()));
    from_stored(in.settings(), zone);
    builder_.add_zone(std::move(zone));
    return absl::OkStatus();
  }

  absl::Status add_group(const v1::SnapshotChunk::Group& in) {
    ASSIGN_OR_RETURN(const dns::Name owner, dns::Name::from_key(in.owner()));
    ASSIGN_OR_RETURN(model::RecordGroupPtr group,
                     from_stored(static_cast<dns::RRType>(in.type()), in.group()));
    ++groups_;
    return builder_.add_group(in.zone_id(), owner, std::move(group));
  }

  ConfigBuilder builder_;
  StoredState state_;
  model::ConfigGeneration generation_ = 0;
  std::uint64_t groups_ = 0;
  bool ended_ = false;
};

// Reads one chunk; false at the end of the file.
absl::StatusOr<bool> read_chunk(std::FILE* file, v1::SnapshotChunk& out) {
  std::uint32_t prefix[2];
  const std::size_t got = std::fread(prefix, 1, sizeof(prefix), file);
  if (got == 0) return false;
  if (got != sizeof(prefix) || prefix[0] > kChunkOctetsMax) {
    return absl::DataLossError("a chunk is cut off");
  }
  std::string octets(prefix[0], '\0');
  if (std::fread(octets.data(), 1, octets.size(), file) != octets.size()) {
    return absl::DataLossError("a chunk is cut off");
  }
  if (checksum(octets) != prefix[1] || !out.ParseFromString(octets)) {
    return absl::DataLossError("a checksum does not match");
  }
  return true;
}

absl::Status sync_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error(folder, "opening");
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? absl::OkStatus() : file_error(folder, "syncing");
}

}  // namespace

absl::Status write_snapshot(const std::string& path, const StoredState& state) {
  const std::string temporary = path + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return file_error(temporary, "creating");
  File file(::fdopen(fd, "wb"));
  const bool written =
      Writer(file.get(), state).write() && std::fflush(file.get()) == 0 && ::fsync(fd) == 0;
  if (!written) return file_error(temporary, "writing");
  file.reset();
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error(path, "replacing");
  return sync_folder_of(path);
}

absl::StatusOr<StoredState> read_snapshot(const std::string& path) {
  File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    if (errno == ENOENT) return not_found("there is no ", path);
    return file_error(path, "opening");
  }
  std::string magic(kMagic.size(), '\0');
  if (std::fread(magic.data(), 1, magic.size(), file.get()) != magic.size() || magic != kMagic) {
    return absl::DataLossError(absl::StrCat(path, " is damaged: not a snapshot"));
  }
  Reader reader;
  v1::SnapshotChunk chunk;
  for (;;) {
    const absl::StatusOr<bool> more = read_chunk(file.get(), chunk);
    absl::Status status = more.status();
    if (status.ok() && !*more) break;
    if (status.ok()) status = reader.add(chunk);
    if (!status.ok()) {
      return absl::DataLossError(absl::StrCat(path, " is damaged: ", status.ToString()));
    }
  }
  absl::StatusOr<StoredState> state = reader.take();
  if (!state.ok()) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged: ", std::string(state.status().message())));
  }
  return state;
}

}  // namespace signpost::control
