package platformtest

import (
	"net/http"
	"time"
)

// Client is a client with connections of its own: when a server of a test closes it
// closes what is idle in Go's own transport, and another's call may be about to use
// that.
func Client() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}
