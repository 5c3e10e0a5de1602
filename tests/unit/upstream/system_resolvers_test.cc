#include "upstream/system_resolvers.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

namespace signpost::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SystemResolvers, AreTheNameServersInTheirOrder) {
  const std::string path = ::testing::TempDir() + "resolv.conf";
  std::ofstream(path) << "# nameserver 192.0.2.9\nsearch example.com\nnameserver 192.0.2.53\n"
                         "nameserver\t2001:db8::53 \nnameserver nonsense\noptions edns0\n";
  EXPECT_THAT(system_resolvers(path),
              ElementsAre(Server{"192.0.2.53", 53}, Server{"2001:db8::53", 53}));
}

TEST(SystemResolvers, AreNoneWithoutTheFile) {
  EXPECT_THAT(system_resolvers(::testing::TempDir() + "missing/resolv.conf"), IsEmpty());
}

}  // namespace
}  // namespace signpost::upstream
