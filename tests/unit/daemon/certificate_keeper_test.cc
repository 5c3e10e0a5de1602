#include "daemon/certificate_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/folder.h"

namespace signpost::daemon {
namespace {

using ::testing::HasSubstr;

const std::chrono::sys_seconds kExpiry =
    std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
    std::chrono::days(30);
const std::chrono::sys_seconds kLater = kExpiry + std::chrono::days(60);

class CertificateFiles : public ::testing::Test {
 protected:
  CertificateFiles() { write(kExpiry); }

  void write(std::chrono::sys_seconds expires) const {
    const Certificate made = make_certificate("ns1.example.com", expires);
    folder_.write("cert.pem", made.certificate);
    folder_.write("key.pem", made.key);
  }
  std::unique_ptr<CertificateKeeper> keeper() const {
    auto opened = CertificateKeeper::open({folder_.path("cert.pem"), folder_.path("key.pem")});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  static std::chrono::system_clock::time_point shown(const CertificateKeeper& keeper) {
    return keeper.live().load()->expires();
  }

  const Folder folder_;
};

TEST_F(CertificateFiles, MustBeOfUseAtTheStart) {
  folder_.write("key.pem", "no key");
  const auto opened = CertificateKeeper::open({folder_.path("cert.pem"), folder_.path("key.pem")});
  EXPECT_THAT(std::string(opened.status().message()),
              HasSubstr("cannot use the key " + folder_.path("key.pem")));
}

TEST_F(CertificateFiles, AreReadAnewAtARefresh) {
  const auto keeper = this->keeper();
  EXPECT_EQ(shown(*keeper), kExpiry);
  write(kLater);
  EXPECT_EQ(shown(*keeper), kExpiry);
  keeper->refresh();
  EXPECT_EQ(shown(*keeper), kLater);
}

TEST_F(CertificateFiles, ThatAreOfNoUseLeaveTheCertificateBefore) {
  const auto keeper = this->keeper();
  const auto before = keeper->live().load();
  folder_.write("cert.pem",
                make_certificate("ns1.example.com", kLater).certificate);  // not its key
  keeper->refresh();
  EXPECT_EQ(keeper->live().load(), before);
  std::filesystem::remove(folder_.path("cert.pem"));
  keeper->refresh();
  EXPECT_EQ(keeper->live().load(), before);
}

TEST_F(CertificateFiles, AreReadAnewOnceTheyChangeAndNotOtherwise) {
  boost::asio::io_context io;
  const auto keeper = this->keeper();
  keeper->keep_fresh(io, std::chrono::milliseconds(1));
  const auto before = keeper->live().load();
  for (int looks = 0; looks < 5; ++looks) io.run_one();
  EXPECT_EQ(keeper->live().load(), before);
  write(kLater);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (shown(*keeper) != kLater && std::chrono::steady_clock::now() < deadline) io.run_one();
  EXPECT_EQ(shown(*keeper), kLater);
}

}  // namespace
}  // namespace signpost::daemon
