package platforms

import (
	"bytes"
	"net/http"
	"testing"
	"time"
)

// The platforms' own examples, from their documents.
func TestSignaturesAreThoseOfTheDocuments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, platform, secret, id, body string
		at                               int64
		header, want                     string
	}{
		{"LINE, an empty object", "line", "SECRET", "", `{}`, 0, "X-Line-Signature", "3q8QXTAGaey18yL8FWTqdVlbMr6hcuNvM4tefa0o9nA="},
		{"LINE, a short object", "line", "test_secret", "", `{"hello":"world"}`, 0, "X-Line-Signature", "t7Hn4ZDHqs6e+wdvI5TyQIvzie0DmMUmuXEBqyyE/tM="},
		{
			"Meta, the test of its own library", "meta", "TEST_APP_SECRET", "", `test`, 0,
			"X-Hub-Signature-256", "sha256=0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221",
		},
		{"X, an empty object", "x", "xConsumerSecretExample0123456789", "", `{}`, 0, "X-Twitter-Webhooks-Signature", "sha256=xo2L+x/Fw2P7H8xxyjZvGFJupUNDUyLlsGyI1JoBrAo="},
		{
			"Standard Webhooks", "standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`,
			1614265330, "Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		},
	}
	sign := map[string]func(*app, http.Header, []byte, string, time.Time) error{"line": signLINE, "standard": signStandard, "meta": signMeta, "x": signX}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, err := newSigner(tt.platform, tt.secret)
			if err != nil {
				t.Fatal(err)
			}
			a := &app{Platform: tt.platform, keys: []signer{key}}
			h := http.Header{}
			if err := sign[tt.platform](a, h, []byte(tt.body), tt.id, time.Unix(tt.at, 0)); err != nil || h.Get(tt.header) != tt.want {
				t.Errorf("%q, %v", h.Get(tt.header), err)
			}
			if tt.platform == "standard" {
				if err := a.signedByDesk(h, []byte(tt.body), time.Unix(tt.at, 0)); err != nil {
					t.Errorf("not recognised: %v", err)
				}
			}
		})
	}
}

func FuzzOnlyWhatTheDeskSignedIsTaken(f *testing.F) {
	key, err := newSigner("standard", "whsec_dGhlIHdlYmhvb2sgc2VjcmV0IG9mIHRoZSB0ZXN0")
	if err != nil {
		f.Fatal(err)
	}
	a := &app{Platform: "standard", keys: []signer{key}}
	now := time.Unix(1_800_000_000, 0)
	body := []byte(`{"type":"message.reply"}`)
	h := http.Header{}
	if err := signStandard(a, h, body, "msg_1", now); err != nil {
		f.Fatal(err)
	}
	good := h.Get("Webhook-Signature")
	f.Add("msg_1", "1800000000", good, body)
	f.Add("msg_1", "1800000000", "v1,"+good+" v2,x v1a,AAAA", body)
	f.Add("msg_1", "1800000300", good, body)
	f.Add("", "-1", "v1,", []byte{})
	f.Fuzz(func(t *testing.T, id, stamp, signature string, got []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature}}
		taken := a.signedByDesk(h, got, now) == nil
		if same := id == "msg_1" && stamp == "1800000000" && bytes.Equal(got, body); taken && !same {
			t.Errorf("taken: %q %q %q %q", id, stamp, signature, got)
		}
	})
}

func FuzzOneByteIsChanged(f *testing.F) {
	f.Add([]byte(`{"events":[{"timestamp":1795168800129}]}`))
	f.Add([]byte(`{"timestamp":"2026-11-20T10:00:00.123Z"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		out := tampered(body)
		differ := 0
		for i := range body {
			if body[i] != out[i] {
				differ++
			}
		}
		if len(out) != len(body) || differ > 1 {
			t.Errorf("%q became %q", body, out)
		}
	})
}
