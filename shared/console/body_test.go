package console_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/shared/console"
	"example.com/skala/shared/lambdahttp"
	"example.com/skala/shared/wording"
)

// throughLambda asks the API as Lambda does and returns what it would pass on;
// what is longer than it passes on fails the test.
func (h *house) throughLambda(who, path string, headers ...string) answer {
	h.t.Helper()
	c, err := console.New(h.config)
	if err != nil {
		h.t.Fatal(err)
	}
	token, err := h.idp.Token(h.t.Context(), who)
	if err != nil {
		h.t.Fatal(err)
	}
	path, query, _ := strings.Cut(path, "?")
	in := events.LambdaFunctionURLRequest{RawPath: path, RawQueryString: query, Headers: map[string]string{"authorization": "Bearer " + token}}
	in.RequestContext.HTTP.Method = "GET"
	for i := 0; i < len(headers); i += 2 {
		in.Headers[headers[i]] = headers[i+1]
	}
	out, err := lambdahttp.Handle(slog.New(slog.DiscardHandler), c.Handler())(h.t.Context(), in)
	if err != nil {
		h.t.Fatal(err)
	}
	doc, err := json.Marshal(out)
	if err != nil || len(doc) > lambdahttp.MaxAnswer || out.StatusCode == http.StatusInternalServerError {
		h.t.Fatalf("%s: %d with %d bytes, %v", path, out.StatusCode, len(doc), err)
	}
	a := answer{out.StatusCode, http.Header{}, out.Body}
	for name, value := range out.Headers {
		a.header.Set(name, value)
	}
	if out.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(out.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		a.body = string(body)
	}
	return a
}

// noise are n bytes that are no text and do not pack.
func noise(n int) string {
	r, body := rand.New(rand.NewPCG(1, 2)), make([]byte, n)
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	return string(body)
}

func TestABodyOfSixMegabytesIsListedShownAndHandedOutToTheByte(t *testing.T) {
	t.Parallel()
	h := open(t)
	whole := noise(6 << 20)
	large := h.unread("w1", whole)
	for n := range 40 {
		h.unread(fmt.Sprint("x", n), fmt.Sprint(n)+strings.Repeat(gibberish, 4000))
	}
	seen, pages := map[string]bool{}, 0
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		v := h.throughLambda("auditor", "/api/v1/quarantine?limit=200&cursor="+cursor).json(t)
		for _, i := range v["items"].([]any) {
			item := i.(map[string]any)
			raw := item["raw"].(map[string]any)
			body, err := base64.StdEncoding.DecodeString(raw["body"].(string))
			if err != nil || len(body) > 8<<10 || raw["truncated"] != true {
				t.Errorf("%v: %d bytes, %v", item["id"], len(body), err)
			}
			if item["id"] == large.ID && (raw["bytes"] != float64(len(whole)) || string(body) != whole[:8<<10]) {
				t.Errorf("the large one has %v bytes", raw["bytes"])
			}
			seen[item["id"].(string)] = true
		}
		cursor = v["next"].(string)
	}
	if len(seen) != 41 || !seen[large.ID] {
		t.Errorf("%d are listed", len(seen))
	}
	one := h.throughLambda("auditor", "/api/v1/quarantine/"+large.ID).json(t)["raw"].(map[string]any)
	if start, err := base64.StdEncoding.DecodeString(one["body"].(string)); err != nil || string(start) != whole[:64<<10] || one["bytes"] != float64(len(whole)) || one["truncated"] != true {
		t.Errorf("%d bytes of %v, %v", len(start), one["bytes"], err)
	}

	path := "/api/v1/quarantine/" + large.ID + "/body"
	if got := h.throughLambda("auditor", path); got.code != 400 || !strings.Contains(got.body, "?part=2") {
		t.Errorf("all at once: %d %.200s", got.code, got.body)
	}
	var parts, ranges string
	for n := 1; n <= 2; n++ {
		got := h.throughLambda("auditor", fmt.Sprint(path, "?part=", n))
		if got.code != 200 || !strings.Contains(got.header.Get("Content-Disposition"), fmt.Sprintf("%s.%d.webhook", large.ID, n)) {
			t.Fatalf("part %d: %d %v", n, got.code, got.header)
		}
		parts += got.body
	}
	for len(ranges) < len(whole) {
		got := h.throughLambda("auditor", path, "range", fmt.Sprintf("bytes=%d-", len(ranges)))
		if want := fmt.Sprintf("bytes %d-%d/%d", len(ranges), len(ranges)+len(got.body)-1, len(whole)); got.code != 206 || got.header.Get("Content-Range") != want || got.body == "" {
			t.Fatalf("%d %v", got.code, got.header)
		}
		ranges += got.body
	}
	if parts != whole || ranges != whole {
		t.Errorf("%d and %d bytes", len(parts), len(ranges))
	}
	tag := `"` + large.ID + `"`
	for _, tt := range []struct {
		about, path string
		headers     []string
		want        int
		body        string
	}{
		{"the end of it", path, []string{"range", "bytes=-3"}, 206, whole[len(whole)-3:]},
		{"more than all from its end", path, []string{"range", "bytes=-99999999"}, 206, whole[:4<<20]},
		{"a few", path, []string{"range", "bytes=5-8"}, 206, whole[5:9]},
		{"a few of the same", path, []string{"range", "bytes=5-8", "if-range", tag}, 206, whole[5:9]},
		{"a few of a part", path + "?part=2", []string{"range", "bytes=0-1"}, 206, whole[4<<20 : 4<<20+2]},
		{"a few of another", path, []string{"range", "bytes=5-8", "if-range", `"other"`}, 400, ""},
		{"beyond the end", path, []string{"range", fmt.Sprintf("bytes=%d-", len(whole))}, 416, ""},
		{"two ranges", path, []string{"range", "bytes=0-1,4-5"}, 400, ""},
		{"nonsense", path, []string{"range", "bytes=z"}, 400, ""},
		{"backwards", path, []string{"range", "bytes=4-3"}, 400, ""},
		{"no part", path + "?part=0", nil, 400, ""},
		{"no part", path + "?part=3", nil, 400, ""},
		{"no part", path + "?part=x", nil, 400, ""},
	} {
		got := h.throughLambda("auditor", tt.path, tt.headers...)
		if got.code != tt.want || tt.body != "" && got.body != tt.body {
			t.Errorf("%s: %d with %d bytes", tt.about, got.code, len(got.body))
		}
		for _, problem := range described("GET", tt.path, got) {
			if got.code != 206 {
				t.Errorf("%s: %s", tt.about, problem)
			}
		}
	}
	if got := h.throughLambda("auditor", path, "range", "bytes=9999999-"); got.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(whole)) {
		t.Errorf("%v", got.header)
	}

	b := h.browser()
	page := b.signIn("auditor", "/quarantine/"+large.ID)
	for _, want := range []string{"/body?part=1", "/body?part=2", "part 2 of 2", "Body, " + wording.In("en").Number(int64(len(whole))) + " bytes"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %q", want)
		}
	}
	if file := b.get("/quarantine/" + large.ID + "/body?part=2"); file.code != 200 || file.body != whole[4<<20:] {
		t.Errorf("%d with %d bytes", file.code, len(file.body))
	}
	if list := b.get("/quarantine"); list.code != 200 || !strings.Contains(list.body, "Body, "+wording.In("en").Number(int64(len(whole)))+" bytes") && !strings.Contains(list.body, `rel="next"`) {
		t.Errorf("%d", list.code)
	}
}

func TestAShortBodyIsHandedOutAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	k, none := h.unread("w1", gibberish), h.unread("w2", "")
	for path, want := range map[string]string{k.ID + "/body": gibberish, k.ID + "/body?part=1": gibberish, none.ID + "/body": "", none.ID + "/body?part=1": ""} {
		if got := h.throughLambda("auditor", "/api/v1/quarantine/"+path); got.code != 200 || got.body != want || got.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%s: %d %q", path, got.code, got.body)
		}
	}
	for _, path := range []string{"/api/v1/quarantine/" + strings.Repeat("a", 3000), "/api/v1/quarantine/" + strings.Repeat("a", 3000) + "/body", "/api/v1/tickets/" + strings.Repeat("a", 3000) + ".1"} {
		if got := h.throughLambda("auditor", path); got.code != 404 {
			t.Errorf("%.40s: %d %s", path, got.code, got.body)
		}
	}
	if got := h.api("demo-lead", "POST", "/api/v1/quarantine/"+strings.Repeat("a", 3000)+"/replay", nil); got.code != 404 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if strings.Contains(h.logged.String(), strings.Repeat("a", 100)) {
		t.Error("an address is logged")
	}
	if got := h.throughLambda("auditor", "/api/v1/quarantine/"+none.ID).json(t)["raw"].(map[string]any); got["truncated"] != false || got["bytes"] != 0.0 {
		t.Errorf("%v", got)
	}
}

func TestAPageOfBytesThatNobodySeesFits(t *testing.T) {
	t.Parallel()
	h := open(t)
	k := h.unread("w1", strings.Repeat("\x00", 300_000))
	if got := h.throughLambda("auditor", "/api/v1/quarantine/"+k.ID); got.code != 200 {
		t.Errorf("%d", got.code)
	}
	if page := h.browser().signIn("auditor", "/quarantine/"+k.ID); page.code != 200 || len(page.body) > lambdahttp.MaxAnswer/2 || !strings.Contains(page.body, "Only the beginning is shown.") {
		t.Errorf("%d with %d bytes", page.code, len(page.body))
	}
}
