#include "dns/rdata_table.h"

#include <algorithm>
#include <array>

namespace signpost::dns {
namespace {

constexpr Field kAddress4[] = {{"address", &kIpv4Field}};
constexpr Field kAddress6[] = {{"address", &kIpv6Field}};
constexpr Field kTarget[] = {{"target", &kNameField}};
constexpr Field kPreferredName[] = {{"preference", &kU16Field}, {"target", &kNameField}};
constexpr Field kTwoNames[] = {{"mailbox", &kNameField}, {"target", &kNameField}};
constexpr Field kText[] = {{"text", &kStringsField}};
constexpr Field kOneString[] = {{"address", &kStringField}};
constexpr Field kEncoded[] = {{"data", &kBase64Field}};
constexpr Field kSoa[] = {{"primary server", &kNameField}, {"mailbox", &kNameField},
                          {"serial", &kU32Field},          {"refresh", &kSecondsField},
                          {"retry", &kSecondsField},       {"expire", &kSecondsField},
                          {"minimum", &kSecondsField}};
constexpr Field kHinfo[] = {{"CPU", &kStringField}, {"OS", &kStringField}};
constexpr Field kPx[] = {
    {"preference", &kU16Field}, {"RFC 822 name", &kNameField}, {"X.400 name", &kNameField}};
constexpr Field kLoc[] = {{"location", &kLocationField}};
constexpr Field kSrv[] = {{"priority", &kU16Field},
                          {"weight", &kU16Field},
                          {"port", &kU16Field},
                          {"target", &kNameField}};
constexpr Field kNaptr[] = {{"order", &kU16Field},     {"preference", &kU16Field},
                            {"flags", &kStringField},  {"services", &kStringField},
                            {"regexp", &kStringField}, {"replacement", &kNameField}};
constexpr Field kCert[] = {{"type", &kCertTypeField},
                           {"key tag", &kU16Field},
                           {"algorithm", &kAlgorithmField},
                           {"certificate", &kBase64Field}};
constexpr Field kDs[] = {{"key tag", &kU16Field},
                         {"algorithm", &kAlgorithmField},
                         {"digest type", &kU8Field},
                         {"digest", &kHexField}};
constexpr Field kSshfp[] = {
    {"algorithm", &kU8Field}, {"fingerprint type", &kU8Field}, {"fingerprint", &kHexField}};
constexpr Field kRrsig[] = {{"type covered", &kTypeField},
                            {"algorithm", &kAlgorithmField},
                            {"labels", &kU8Field},
                            {"original TTL", &kU32Field},
                            {"expiration", &kTimestampField},
                            {"inception", &kTimestampField},
                            {"key tag", &kU16Field},
                            {"signer", &kNameField},
                            {"signature", &kBase64Field}};
constexpr Field kNsec[] = {{"next name", &kNameField}, {"types", &kTypeBitmapField}};
constexpr Field kDnskey[] = {{"flags", &kU16Field},
                             {"protocol", &kU8Field},
                             {"algorithm", &kAlgorithmField},
                             {"public key", &kBase64Field}};
constexpr Field kNsec3[] = {{"hash algorithm", &kU8Field}, {"flags", &kU8Field},
                            {"iterations", &kU16Field},    {"salt", &kSaltField},
                            {"next hash", &kBase32Field},  {"types", &kTypeBitmapField}};
constexpr Field kNsec3param[] = {{"hash algorithm", &kU8Field},
                                 {"flags", &kU8Field},
                                 {"iterations", &kU16Field},
                                 {"salt", &kSaltField}};
constexpr Field kTlsa[] = {{"usage", &kU8Field},
                           {"selector", &kU8Field},
                           {"matching type", &kU8Field},
                           {"association data", &kHexField}};
constexpr Field kCsync[] = {
    {"serial", &kU32Field}, {"flags", &kU16Field}, {"types", &kTypeBitmapField}};
constexpr Field kZonemd[] = {{"serial", &kU32Field},
                             {"scheme", &kU8Field},
                             {"hash algorithm", &kU8Field},
                             {"digest", &kHexField}};
constexpr Field kSvcb[] = {
    {"priority", &kU16Field}, {"target", &kNameField}, {"parameters", &kSvcParamsField}};
constexpr Field kNid[] = {{"preference", &kU16Field}, {"node id", &kNodeIdField}};
constexpr Field kL32[] = {{"preference", &kU16Field}, {"locator", &kIpv4Field}};
constexpr Field kL64[] = {{"preference", &kU16Field}, {"locator", &kNodeIdField}};
constexpr Field kEui48[] = {{"address", &kEui48Field}};
constexpr Field kEui64[] = {{"address", &kEui64Field}};
constexpr Field kUri[] = {
    {"priority", &kU16Field}, {"weight", &kU16Field}, {"target", &kTextField}};
constexpr Field kCaa[] = {
    {"flags", &kU8Field}, {"tag", &kLetterDigitsField}, {"value", &kTextField}};

// Digests of known types have a known size (IANA, "DS RR Type Digest Algorithms").
std::optional<Problem> check_digest_size(std::string_view rdata) {
  constexpr std::array<std::size_t, 5> kDigestSizes = {0, 20, 32, 32, 48};
  const auto digest_type = static_cast<unsigned char>(rdata[3]);
  if (digest_type == 0 || digest_type >= kDigestSizes.size()) return std::nullopt;
  if (rdata.size() - 4 == kDigestSizes[digest_type]) return std::nullopt;
  return Problem{"DSRRDATAInvalidValue", "DS record has an invalid value",
                 "write 40 digits for digest type 1, 64 for 2 and 3, 96 for 4"};
}

constexpr RRType type(std::uint16_t value) { return static_cast<RRType>(value); }

// Codes and descriptions are Route 53's where it has them. In ascending order of type.
constexpr RdataLayout kLayouts[] = {
    {RRType::kA, kAddress4, {"ARRDATANotSingleField", "Value contains spaces", {}}},
    {RRType::kNs, kTarget, {}},
    {type(3), kTarget, {}},  // MD
    {type(4), kTarget, {}},  // MF
    {RRType::kCname, kTarget, {"CNAMERRDATANotSingleField", "Value contains spaces", {}}},
    {RRType::kSoa, kSoa, {"SOARRDATANotSevenFields", "SOA record doesn't have 7 fields", {}}},
    {type(7), kTarget, {}},  // MB
    {type(8), kTarget, {}},  // MG
    {type(9), kTarget, {}},  // MR
    {RRType::kPtr, kTarget, {}},
    {RRType::kHinfo, kHinfo, {}},
    {type(14), kTwoNames, {}},  // MINFO
    {RRType::kMx, kPreferredName, {"MXRRDATANotTwoFields", "MX record doesn't have 2 fields", {}}},
    {RRType::kTxt, kText, {}},
    {type(17), kTwoNames, {}},       // RP
    {type(18), kPreferredName, {}},  // AFSDB
    {type(19), kOneString, {}},      // X25
    {type(21), kPreferredName, {}},  // RT
    {type(23), kTarget, {}},         // NSAP-PTR
    {type(26), kPx, {}},
    {RRType::kAaaa, kAddress6, {"AAAARRDATANotSingleField", "Value contains spaces", {}}},
    {type(29), kLoc, {}},
    {RRType::kSrv, kSrv, {"SRVRRDATANotFourFields", "SRV record doesn't have 4 fields", {}}},
    {RRType::kNaptr, kNaptr, {"NAPTRRRDATANotValid", "NAPTR record is not valid", {}}},
    {type(36), kPreferredName, {}},  // KX
    {type(37), kCert, {}},
    {RRType::kDname, kTarget, {}},
    {RRType::kDs,
     kDs,
     {"DSRRDATAInvalidValue", "DS record has an invalid value", {}},
     check_digest_size},
    {RRType::kSshfp, kSshfp, {}},
    {RRType::kRrsig, kRrsig, {}},
    {type(47), kNsec, {}},
    {RRType::kDnskey, kDnskey, {}},
    {type(49), kEncoded, {}},  // DHCID
    {type(50), kNsec3, {}},
    {type(51), kNsec3param, {}},
    {RRType::kTlsa, kTlsa, {"TLSAMissingFields", "TLSA record doesn't have 4 fields", {}}},
    {type(53), kTlsa, {}},                   // SMIMEA
    {type(58), kTwoNames, {}},               // TALINK
    {type(59), kDs, {}, check_digest_size},  // CDS
    {type(60), kDnskey, {}},                 // CDNSKEY
    {type(61), kEncoded, {}},                // OPENPGPKEY
    {type(62), kCsync, {}},
    {type(63), kZonemd, {}},
    {RRType::kSvcb,
     kSvcb,
     {"SVCBIncorrectNumberOfFields", "SVCB record has an incorrect number of fields", {}}},
    {RRType::kHttps,
     kSvcb,
     {"SVCBIncorrectNumberOfFields", "HTTPS record has an incorrect number of fields", {}}},
    {RRType::kSpf, kText, {}},
    {type(104), kNid, {}},
    {type(105), kL32, {}},
    {type(106), kL64, {}},
    {type(107), kPreferredName, {}},  // LP
    {type(108), kEui48, {}},
    {type(109), kEui64, {}},
    {type(256), kUri, {}},
    {RRType::kCaa, kCaa, {"CAARRDATANotThreeFields", "CAA record doesn't have 3 fields", {}}},
    {type(258), kText, {}},                     // AVC
    {type(261), kText, {}},                     // RESINFO
    {type(262), kText, {}},                     // WALLET
    {type(32768), kDs, {}},                     // TA
    {type(32769), kDs, {}, check_digest_size},  // DLV
};
static_assert(std::ranges::is_sorted(kLayouts, {}, &RdataLayout::type));

}  // namespace

const RdataLayout* layout_of(RRType type) {
  const auto* at = std::ranges::lower_bound(kLayouts, type, {}, &RdataLayout::type);
  return at != std::end(kLayouts) && at->type == type ? at : nullptr;
}

}  // namespace signpost::dns
