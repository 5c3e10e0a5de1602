@	SOA	ns1 hostmaster 1 7200 30M 3D 900
@	NS	ns1
ns1	A	192.0.2.53
$INCLUDE parts/mail
www	600/60	DYNA	multifo!pair
	60	TXT	"the owner of the line above"
trio	DYNA	multifo!trio	; the default TTL
plain	300	DYNA	multifo!plain
mail2	300	DYNA	simplefo!mail
lax	300	DYNA	simplefo!lax
sizes	300	DYNA	weighted!sizes
even	300	DYNA	weighted!even
sites	300	DYNA	weighted!sites
cdn	300	DYNC	weighted!cdn
odds	300	DYNA	weighted!odds
door	300	DYNA	static!door
shop	300	DYNC	static!shop
prod	60	DYNC	metafo!prod
prod-two	60	DYNA	metafo!prod/two
names	60	DYNC	metafo!names
site	60	DYNA	geoip!site
near	60	DYNA	geoip!close
me	60	DYNA	reflect
zero	60	DYNA	null
