package platformtest

import (
	"encoding/hex"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

// Fuzz holds for any body: nothing panics, each event splits into itself, none
// is lost, and what can be read is a whole event that reads the same again.
func Fuzz(f *testing.F, p Platform) {
	w, _ := p.app(f)
	for _, body := range p.files(f) {
		f.Add(body)
	}
	f.Add([]byte(p.First))
	f.Add([]byte(p.Unknown))
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, err := w.Split(p.Golden, body)
		if err != nil {
			if raw != nil {
				t.Error("both events and an error")
			}
			return
		}
		if want := p.Count(body); len(raw) != want {
			t.Errorf("%d events became %d", want, len(raw))
		}
		itself(t, w, p.Golden, body)
		for _, r := range raw {
			e, err := w.Parse(r)
			if err != nil {
				continue
			}
			whole(t, r, e)
			if again, err := w.Parse(r); err != nil || !reflect.DeepEqual(e, again) {
				t.Errorf("it reads otherwise the second time: %v", err)
			}
			if e.Needs != desk.NeedsNothing {
				gone := r
				gone.Unfetched = "no longer there"
				if given, err := w.Parse(gone); err != nil || given.Key != e.Key || given.Needs != desk.NeedsNothing {
					t.Errorf("what cannot be fetched becomes %+v, %v", given, err)
				}
			}
		}
	})
}

// FuzzVerify holds that the signature of any body is accepted, that nothing is
// which does not have it, and that neither panics.
func FuzzVerify(f *testing.F, p Platform) {
	w, sign := p.app(f)
	name := http.CanonicalHeaderKey(p.Signature)
	for _, body := range []string{"", "{}", p.First} {
		f.Add(sign([]byte(body), now()).Get(name), []byte(body))
		f.Add(p.Sign(p.Secrets[2], []byte(body), now()).Get(name), []byte(body))
	}
	f.Add(",", []byte("{}"))
	f.Add("sha256=,v1,==", []byte("{}"))
	f.Fuzz(func(t *testing.T, value string, body []byte) {
		h := sign(body, now())
		if err := w.Verify(h, body, now()); err != nil {
			t.Errorf("what the platform signed is refused: %v", err)
		}
		right := []string{h.Get(name), p.Sign(p.Secrets[0], body, now()).Get(name)}
		h.Set(name, value)
		if w.Verify(h, body, now()) == nil && !holds(value, right[0]) && !holds(value, right[1]) {
			t.Errorf("%q is accepted", value)
		}
		h[name] = []string{value, right[1]}
		if err := w.Verify(h, body, now()); err != nil {
			t.Errorf("%q in front of what the platform signed makes it wrong: %v", value, err)
		}
	})
}

// holds reports whether a signature stands in a header's value. Digits of
// hexadecimal mean the same in either case.
func holds(value, signature string) bool {
	_, digits, prefixed := strings.Cut(signature, "=")
	if !prefixed {
		digits = signature
	}
	if _, err := hex.DecodeString(digits); err == nil && digits != "" {
		value, signature = strings.ToLower(value), strings.ToLower(signature)
	}
	return strings.Contains(value, signature)
}
