package outbound

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"example.com/skala/shared/post"
)

func TestWhichAddressesAreOfThePublicInternet(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "172.15.0.1": true, "172.32.0.1": true,
		"127.0.0.1": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false,
		"224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false, "::1": false, "::": false, "fe80::1": false, "fd00:ec2::254": false,
		"::ffff:169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "2002:a9fe:a9fe::1": false, "ff02::1": false,
		"::169.254.169.254": false, "::10.0.0.1": false, "fec0::1": false, "64:ff9b:1::a00:1": false, "100::1": false, "5f00::1": false, "3fff::1": false, "2001:db8::1": false,
		"::ffff:8.8.8.8": true, "2a00:1450:4001::64": true,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestHowLongSomebodyWantsToBeLeftAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 5 ": 5 * time.Second, "0": 0, "-1": 0, "soon": 0, "999999": time.Hour,
		"Mon, 02 Mar 2026 12:01:30 GMT": 90 * time.Second, "Mon, 02 Mar 2026 11:00:00 GMT": 0, "Tue, 03 Mar 2026 12:00:00 GMT": time.Hour,
	} {
		h := http.Header{"Retry-After": {text}, "Date": {"Mon, 02 Mar 2026 12:00:00 GMT"}}
		if got := retryAfter(h); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestNobodyIsFollowedElsewhere(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	o := Post(t.Context(), Client(true), server.URL+"/here", http.Header{}, []byte("{}"), Refusal)
	if o.Class != post.Refused || len(asked) != 1 {
		t.Errorf("%+v, asked are %q", o, asked)
	}
}
