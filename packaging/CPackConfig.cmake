# What CPack is told of the three packages.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL daemon cli doc)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME signpost)
# Else CPack puts that of the project before the description of each package.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGE_CONTACT "Signpost maintainers <maintainers@signpost.example>")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_VERSION ${debian_version})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DAEMON_PACKAGE_NAME signpostd)
set(CPACK_DEBIAN_DAEMON_DESCRIPTION "DNS traffic steering that answers at the network card
Signpost routes by weight, latency, place, network, failover and health
checks, as Amazon Route 53 does, on your own servers: an XDP program answers
at the network card, from tables that this daemon compiles of your policies
and of what its health checks see. The daemon answers what that does not.")
# Without the command line nothing could be configured, nor the XDP program be taken off on removal.
set(CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS "signpost (= ${debian_version}), init-system-helpers (>= 1.54~), procps")
set(CPACK_DEBIAN_DAEMON_PACKAGE_SUGGESTS "signpost-doc")
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA
  ${debian}/signpostd/postinst ${debian}/signpostd/prerm ${debian}/signpostd/postrm ${debian}/signpostd/conffiles)

set(CPACK_DEBIAN_CLI_PACKAGE_NAME signpost)
set(CPACK_DEBIAN_CLI_DESCRIPTION "command line of the DNS server signpostd
It plans and applies configurations, tells who gets which answer and why, shows
health checks, forces and drains endpoints, and rolls changes back.")
set(CPACK_DEBIAN_CLI_PACKAGE_SUGGESTS "xdp-tools, tcpdump")

set(CPACK_DEBIAN_DOC_PACKAGE_NAME signpost-doc)
set(CPACK_DEBIAN_DOC_DESCRIPTION "manual and examples of the DNS server signpostd
How to operate Signpost, what it is built of, how fast it is, and
configurations to start from.")
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SHLIBDEPS OFF)

include(CPack)
