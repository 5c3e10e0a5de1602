#include "model/regions.h"

#include <algorithm>

namespace signpost::model {
namespace {

const Region* find_in(const std::vector<Region>& list, std::string_view name) {
  const auto at = std::lower_bound(
      list.begin(), list.end(), name,
      [](const Region& region, std::string_view key) { return region.name < key; });
  return at != list.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

const std::vector<Region>& regions() {
  static const auto* const list = new std::vector<Region>{
      {"af-south-1", {-33.92, 18.42}},       // Cape Town
      {"ap-east-1", {22.32, 114.17}},        // Hong Kong
      {"ap-east-2", {25.03, 121.57}},        // Taipei
      {"ap-northeast-1", {35.68, 139.69}},   // Tokyo
      {"ap-northeast-2", {37.57, 126.98}},   // Seoul
      {"ap-northeast-3", {34.69, 135.50}},   // Osaka
      {"ap-south-1", {19.08, 72.88}},        // Mumbai
      {"ap-south-2", {17.39, 78.49}},        // Hyderabad
      {"ap-southeast-1", {1.35, 103.82}},    // Singapore
      {"ap-southeast-2", {-33.87, 151.21}},  // Sydney
      {"ap-southeast-3", {-6.21, 106.85}},   // Jakarta
      {"ap-southeast-4", {-37.81, 144.96}},  // Melbourne
      {"ap-southeast-5", {3.14, 101.69}},    // Kuala Lumpur
      {"ap-southeast-6", {-36.85, 174.76}},  // Auckland
      {"ap-southeast-7", {13.76, 100.50}},   // Bangkok
      {"ca-central-1", {45.50, -73.57}},     // Montreal
      {"ca-west-1", {51.05, -114.07}},       // Calgary
      {"cn-north-1", {39.90, 116.41}},       // Beijing
      {"cn-northwest-1", {37.51, 105.20}},   // Zhongwei, Ningxia
      {"eu-central-1", {50.11, 8.68}},       // Frankfurt
      {"eu-central-2", {47.38, 8.54}},       // Zurich
      {"eu-north-1", {59.33, 18.07}},        // Stockholm
      {"eu-south-1", {45.46, 9.19}},         // Milan
      {"eu-south-2", {41.65, -0.89}},        // Zaragoza, Aragon
      {"eu-west-1", {53.35, -6.26}},         // Dublin
      {"eu-west-2", {51.51, -0.13}},         // London
      {"eu-west-3", {48.86, 2.35}},          // Paris
      {"eusc-de-east-1", {52.39, 13.06}},    // Potsdam, Brandenburg
      {"il-central-1", {32.09, 34.78}},      // Tel Aviv
      {"me-central-1", {25.20, 55.27}},      // Dubai, United Arab Emirates
      {"me-south-1", {26.23, 50.59}},        // Manama, Bahrain
      {"mx-central-1", {20.59, -100.39}},    // Queretaro
      {"sa-east-1", {-23.55, -46.63}},       // Sao Paulo
      {"us-east-1", {39.04, -77.49}},        // Ashburn, Northern Virginia
      {"us-east-2", {39.96, -83.00}},        // Columbus, Ohio
      {"us-gov-east-1", {39.96, -83.00}},    // Columbus, Ohio
      {"us-gov-west-1", {45.52, -122.68}},   // Portland, Oregon
      {"us-west-1", {37.34, -121.89}},       // San Jose, Northern California
      {"us-west-2", {45.84, -119.70}},       // Boardman, Oregon
  };
  return *list;
}

const std::vector<Region>& local_zone_groups() {
  static const auto* const list = new std::vector<Region>{
      {"af-south-1-los-1", {6.52, 3.38}},          // Lagos
      {"ap-northeast-1-tpe-1", {25.03, 121.57}},   // Taipei
      {"ap-south-1-ccu-1", {22.57, 88.36}},        // Kolkata
      {"ap-south-1-del-1", {28.61, 77.21}},        // Delhi
      {"ap-southeast-1-bkk-1", {13.76, 100.50}},   // Bangkok
      {"ap-southeast-1-han-1", {21.03, 105.85}},   // Hanoi
      {"ap-southeast-1-mnl-1", {14.60, 120.98}},   // Manila
      {"ap-southeast-2-akl-1", {-36.85, 174.76}},  // Auckland
      {"ap-southeast-2-per-1", {-31.95, 115.86}},  // Perth
      {"eu-central-1-ham-1", {53.55, 9.99}},       // Hamburg
      {"eu-central-1-waw-1", {52.23, 21.01}},      // Warsaw
      {"eu-north-1-cph-1", {55.68, 12.57}},        // Copenhagen
      {"eu-north-1-hel-1", {60.17, 24.94}},        // Helsinki
      {"eu-west-3-cmn-1", {33.57, -7.59}},         // Casablanca
      {"me-south-1-mct-1", {23.59, 58.38}},        // Muscat
      {"us-east-1-atl-1", {33.75, -84.39}},        // Atlanta
      {"us-east-1-atl-2", {33.75, -84.39}},        // Atlanta
      {"us-east-1-bos-1", {42.36, -71.06}},        // Boston
      {"us-east-1-bue-1", {-34.60, -58.38}},       // Buenos Aires
      {"us-east-1-chi-1", {41.88, -87.63}},        // Chicago
      {"us-east-1-chi-2", {41.88, -87.63}},        // Chicago
      {"us-east-1-dfw-1", {32.78, -96.80}},        // Dallas
      {"us-east-1-dfw-2", {32.78, -96.80}},        // Dallas
      {"us-east-1-iah-1", {29.76, -95.37}},        // Houston
      {"us-east-1-iah-2", {29.76, -95.37}},        // Houston
      {"us-east-1-lim-1", {-12.05, -77.04}},       // Lima
      {"us-east-1-mci-1", {39.10, -94.58}},        // Kansas City
      {"us-east-1-mia-1", {25.76, -80.19}},        // Miami
      {"us-east-1-mia-2", {25.76, -80.19}},        // Miami
      {"us-east-1-msp-1", {44.98, -93.27}},        // Minneapolis
      {"us-east-1-nyc-1", {40.71, -74.01}},        // New York
      {"us-east-1-nyc-2", {40.71, -74.01}},        // New York
      {"us-east-1-phl-1", {39.95, -75.17}},        // Philadelphia
      {"us-east-1-qro-1", {20.59, -100.39}},       // Queretaro
      {"us-east-1-scl-1", {-33.45, -70.67}},       // Santiago
      {"us-west-2-den-1", {39.74, -104.99}},       // Denver
      {"us-west-2-hnl-1", {21.31, -157.86}},       // Honolulu
      {"us-west-2-las-1", {36.17, -115.14}},       // Las Vegas
      {"us-west-2-lax-1", {34.05, -118.24}},       // Los Angeles
      {"us-west-2-pdx-1", {45.52, -122.68}},       // Portland
      {"us-west-2-phx-1", {33.45, -112.07}},       // Phoenix
      {"us-west-2-phx-2", {33.45, -112.07}},       // Phoenix
      {"us-west-2-sea-1", {47.61, -122.33}},       // Seattle
  };
  return *list;
}

bool is_local_zone_group(std::string_view name) {
  return find_in(local_zone_groups(), name) != nullptr;
}

const Coordinates* find_region(std::string_view name) {
  const Region* found = find_in(regions(), name);
  if (found == nullptr) found = find_in(local_zone_groups(), name);
  return found == nullptr ? nullptr : &found->coordinates;
}

std::optional<Coordinates> region_coordinates(const Config& config, std::string_view name) {
  if (const Coordinates* own = config.regions.find(std::string(name))) return *own;
  const Coordinates* known = find_region(name);
  return known == nullptr ? std::nullopt : std::optional(*known);
}

}  // namespace signpost::model
