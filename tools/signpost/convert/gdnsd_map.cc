#include "signpost/convert/gdnsd_map.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/text.h"
#include "signpost/convert/vscf_reader.h"

namespace signpost::cli::convert {
namespace {

constexpr std::string_view kAuto = "auto";
constexpr std::string_view kDefault = "default";
constexpr std::int64_t kDefaultLimit = 3;
// Route 53's geolocation, and so Signpost's, does not know them (route53-semantics 1.4).
constexpr std::string_view kUnknownCountries[] = {"BV", "CX", "EH", "HM"};

bool is_two_capitals(std::string_view text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Reads one map.
class MapReader {
 public:
  MapReader(const GdnsdResources& resources, const Node& map, const std::string& folder)
      : resources_(resources), in_(map), folder_(folder) {}

  absl::StatusOr<GdnsdMap> read() {
    out_.name = in_.key;
    RETURN_IF_ERROR(in_.check_map());
    ASSIGN_OR_RETURN(const Node* list, in_.required("datacenters"));
    ASSIGN_OR_RETURN(all_.names, list->strings());
    RETURN_IF_ERROR(read_sites());
    RETURN_IF_ERROR(read_places());
    RETURN_IF_ERROR(read_nets());
    if (const Node* data = in_.find("geoip2_db"))
      resources_.leave_out(*data, "the file is given to signpostd by --geo-data");
    if (const Node* ignored = in_.find("ignore_ecs"))
      resources_.leave_out(*ignored, "the client subnet of a query counts wherever it has one");
    for (const Node* other : other_members(in_, {"datacenters", "map", "nets", "auto_dc_coords",
                                                 "auto_dc_limit", "geoip2_db", "ignore_ecs"}))
      resources_.leave_out(*other, "unknown; see whether you need it");
    return std::move(out_);
  }

 private:
  absl::Status read_sites() {
    const Node* coordinates = in_.find("auto_dc_coords");
    if (coordinates == nullptr) return absl::OkStatus();
    for (const std::string& name : all_.names) {
      const Node* node = coordinates->find(name);
      if (node == nullptr) continue;
      if (!node->is_list() || node->items.size() != 2) return node->error("must be [LAT, LON]");
      ASSIGN_OR_RETURN(const double north, node->items[0].number());
      ASSIGN_OR_RETURN(const double east, node->items[1].number());
      out_.sites.push_back({name, {}});
      out_.sites.back().coordinates.set_latitude(std::round(north * 100) / 100);
      out_.sites.back().coordinates.set_longitude(std::round(east * 100) / 100);
    }
    const Node* limit = in_.find("auto_dc_limit");
    std::int64_t most = kDefaultLimit;
    if (limit != nullptr) {
      ASSIGN_OR_RETURN(most, limit->integer(0, 254));
    }
    if (most > 0 && static_cast<std::size_t>(most) < out_.sites.size())
      resources_.leave_out(limit == nullptr ? in_ : *limit,
                           absl::StrCat("the limit of ", most,
                                        " data centres for each client; "
                                        "all take over, the nearest first"));
    return absl::OkStatus();
  }

  absl::Status read_places() {
    const Node* map = in_.find("map");
    DataCentreOrder usual = all_;
    usual.by_distance = !out_.sites.empty();
    if (map != nullptr) {
      RETURN_IF_ERROR(map->check_map());
      for (const Node& continent : map->items) {
        if (continent.key == kDefault) {
          ASSIGN_OR_RETURN(usual, read_order(continent));
        } else {
          RETURN_IF_ERROR(read_continent(continent));
        }
      }
    }
    v1::GeolocationPolicy everywhere;
    everywhere.set_country_code("*");
    out_.places.push_back({std::string(kDefault), everywhere, usual});
    return absl::OkStatus();
  }

  absl::Status read_continent(const Node& node) {
    v1::GeolocationPolicy where;
    where.set_continent_code(node.key);
    if (!node.is_map()) return add_place(node, node.key, where);
    for (const Node& country : node.items) {
      if (country.key == kDefault) {
        RETURN_IF_ERROR(add_place(country, node.key, where));
      } else {
        RETURN_IF_ERROR(read_country(country, node.key));
      }
    }
    return absl::OkStatus();
  }

  absl::Status read_country(const Node& node, const std::string& continent) {
    if (std::find(std::begin(kUnknownCountries), std::end(kUnknownCountries), node.key) !=
        std::end(kUnknownCountries)) {
      resources_.leave_out(node,
                           "geolocation does not know the country; its clients get what is "
                           "for the continent");
      return absl::OkStatus();
    }
    const std::string identifier = absl::StrCat(continent, "-", node.key);
    v1::GeolocationPolicy where;
    where.set_country_code(node.key);
    if (!node.is_map()) return add_place(node, identifier, where);
    for (const Node& below : node.items) {
      if (below.key == kDefault) {
        RETURN_IF_ERROR(add_place(below, identifier, where));
      } else if (node.key == "US" && is_two_capitals(below.key) && !below.is_map()) {
        v1::GeolocationPolicy state = where;
        state.set_subdivision_code(below.key);
        RETURN_IF_ERROR(add_place(below, absl::StrCat(identifier, "-", below.key), state));
      } else {
        resources_.leave_out(below,
                             "below countries there are the states of the US alone; give "
                             "the networks of this place as nets, or as place_overrides");
      }
    }
    return absl::OkStatus();
  }

  absl::Status add_place(const Node& node, const std::string& identifier,
                         const v1::GeolocationPolicy& where) {
    ASSIGN_OR_RETURN(const DataCentreOrder order, read_order(node));
    if (!order.by_distance && order.names.empty()) {
      resources_.leave_out(node,
                           "a place whose clients get no answer; they get that of the larger "
                           "place around it");
      return absl::OkStatus();
    }
    out_.places.push_back({identifier, where, order});
    return absl::OkStatus();
  }

  absl::StatusOr<DataCentreOrder> read_order(const Node& node) const {
    DataCentreOrder order;
    if (node.is_scalar() && node.text == kAuto) {
      order.by_distance = true;
      return order;
    }
    ASSIGN_OR_RETURN(order.names, node.strings());
    for (const std::string& name : order.names)
      if (std::find(all_.names.begin(), all_.names.end(), name) == all_.names.end())
        return node.error(absl::StrCat(name, " is not among the map's datacenters"));
    return order;
  }

  absl::Status read_nets() {
    const Node* nets = in_.find("nets");
    if (nets == nullptr) return absl::OkStatus();
    if (nets->is_scalar()) {
      ASSIGN_OR_RETURN(file_, read_vscf((std::filesystem::path(folder_) / nets->text).string()));
      nets = &file_;
    }
    RETURN_IF_ERROR(nets->check_map());
    for (const Node& net : nets->items) {
      ASSIGN_OR_RETURN(const DataCentreOrder order, read_order(net));
      if (fits(net)) add_net(net.key, order);
    }
    return absl::OkStatus();
  }

  // Whether IP-based routing takes the prefix; else a note says that it does not.
  bool fits(const Node& net) const {
    const std::size_t slash = net.key.find('/');
    const bool is_v6 = net.key.find(':') != std::string::npos;
    const auto length = slash == std::string::npos
                            ? std::nullopt
                            : dns::parse_decimal(net.key.substr(slash + 1), 128);
    const std::uint64_t most = is_v6 ? 48 : 24;
    if (length && *length >= 1 && *length <= most) return true;
    resources_.leave_out(net, absl::StrCat("a network of other than 1 to ", most,
                                           " bits; its clients are located as all others"));
    return false;
  }

  void add_net(const std::string& prefix, const DataCentreOrder& order) {
    const auto same = [&](const GdnsdMap::Nets& each) {
      return each.order.by_distance == order.by_distance && each.order.names == order.names;
    };
    auto at = std::find_if(out_.nets.begin(), out_.nets.end(), same);
    if (at == out_.nets.end()) at = out_.nets.insert(at, {{}, order});
    at->prefixes.push_back(prefix);
  }

  const GdnsdResources& resources_;
  const Node& in_;
  const std::string& folder_;
  DataCentreOrder all_;
  GdnsdMap out_;
  Node file_;  // of nets, if they have one
};

}  // namespace

absl::StatusOr<GdnsdMap> read_gdnsd_map(const GdnsdResources& resources, const Node& map,
                                        const std::string& folder) {
  return MapReader(resources, map, folder).read();
}

}  // namespace signpost::cli::convert
