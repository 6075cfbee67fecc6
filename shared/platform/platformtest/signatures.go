package platformtest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/platform"
)

func signatures(t *testing.T, p Platform) {
	t.Parallel()
	w, sign := p.app(t)
	t.Run("what the platform signed is let in", func(t *testing.T) {
		t.Parallel()
		signed(t, p, w, sign)
	})
	t.Run("nothing else is", func(t *testing.T) {
		t.Parallel()
		forged(t, p, w, sign)
	})
	t.Run("secrets take turns", func(t *testing.T) {
		t.Parallel()
		rotation(t, p)
	})
	t.Run("a header may be there twice", func(t *testing.T) {
		t.Parallel()
		twice(t, p, w, sign)
	})
	t.Run("a header of a megabyte costs no more than one", func(t *testing.T) {
		t.Parallel()
		large(t, p, w, sign)
	})
}

type signer = func(body []byte, now time.Time) http.Header

func signed(t *testing.T, p Platform, w platform.Webhooks, sign signer) {
	lower, upper := http.Header{}, http.Header{}
	for name, values := range sign([]byte(p.First), now()) {
		lower[strings.ToLower(name)] = values
		upper[strings.ToUpper(name)] = values
	}
	for name, h := range map[string]http.Header{"as it comes": sign([]byte(p.First), now()), "in lower case": lower, "in upper case": upper} {
		if err := w.Verify(h, []byte(p.First), now()); err != nil {
			t.Errorf("a webhook with headers %s is refused: %v", name, err)
		}
	}
	for name, body := range map[string]string{"of nothing": "", "that is no JSON": "{", "with bytes that are no text": "\xff\x00", "of a megabyte": strings.Repeat("x", 1<<20)} {
		if err := w.Verify(sign([]byte(body), now()), []byte(body), now()); err != nil {
			t.Errorf("a body %s is refused before anybody looks at it: %v", name, err)
		}
	}
	for _, off := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		if err := w.Verify(sign([]byte(p.First), now()), []byte(p.First), now().Add(off)); p.SignsTime != (err != nil) {
			t.Errorf("%v off: %v", off, err)
		}
	}
}

func forged(t *testing.T, p Platform, w platform.Webhooks, sign signer) {
	body := []byte(p.First)
	good := func() http.Header { return sign(body, now()) }
	for i := range body {
		flipped := bytes.Clone(body)
		flipped[i] ^= 1
		if !p.Shows && w.Verify(good(), flipped, now()) == nil {
			t.Errorf("byte %d may be changed", i)
		}
	}
	for name, change := range map[string][]byte{"one byte more": append(bytes.Clone(body), ' '), "one byte less": body[:len(body)-1], "no body": nil} {
		if !p.Shows && w.Verify(good(), change, now()) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if w.Verify(http.Header{}, body, now()) == nil || w.Verify(nil, body, now()) == nil {
		t.Error("a webhook without headers is accepted")
	}
	for name := range good() {
		value := good().Get(name)
		wrong := map[string][]string{
			"missing": nil, "there without a value": {}, "empty": {""}, "blank": {" "}, "garbage": {"\x00\xff,, v1,"},
			"cut at its beginning": {value[1:]}, "cut at its end": {value[:len(value)-1]}, "followed by more": {value + "A"},
			"with a line end": {value + "\n"}, "in quotes": {`"` + value + `"`},
		}
		if name == http.CanonicalHeaderKey(p.Signature) {
			for what, another := range disguised(value) {
				wrong[what] = []string{another}
			}
			if p.Bare {
				delete(wrong, "without its prefix")
			}
			for i := range value {
				wrong["without character "+value[i:i+1]+" at "+value[:i]] = []string{value[:i] + value[i+1:]}
				wrong["with another character behind "+value[:i]] = []string{value[:i] + other(value[i]) + value[i+1:]}
			}
		}
		for what, values := range wrong {
			h := good()
			if h[name] = values; values == nil {
				h.Del(name)
			}
			if w.Verify(h, body, now()) == nil {
				t.Errorf("a webhook whose %s is %s is accepted", name, what)
			}
		}
	}
}

// other returns a character that means something else in any of the alphabets
// that signatures are written in.
func other(c byte) string {
	if c == 'b' || c == 'B' {
		return "1"
	}
	return "b"
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// disguised returns a signature's bytes in other spellings, behind the same prefix.
func disguised(value string) map[string]string {
	end := strings.LastIndexAny(strings.TrimRight(value, "="), "=, ") + 1
	prefix, rest := value[:end], value[end:]
	mac, err := base64.StdEncoding.DecodeString(rest)
	spelled := map[string]string{"without its prefix": rest, "twice in one": prefix + rest + rest}
	if prefix == "" {
		delete(spelled, "without its prefix")
		spelled["behind a prefix it does not have"] = "sha256=" + rest
	}
	if b, hexErr := hex.DecodeString(rest); hexErr == nil {
		spelled["in base64"] = prefix + base64.StdEncoding.EncodeToString(b)
		return spelled
	}
	if err == nil {
		spelled["in hexadecimal"] = prefix + hex.EncodeToString(mac)
		spelled["in base64 without padding"] = prefix + strings.TrimRight(rest, "=")
		if bare := strings.TrimRight(rest, "="); bare != rest { // the last digit has bits that say nothing
			spelled["in base64 with stray bits"] = prefix + bare[:len(bare)-1] + string(alphabet[strings.IndexByte(alphabet, bare[len(bare)-1])|1]) + rest[len(bare):]
		}
		if url := base64.URLEncoding.EncodeToString(mac); url != rest {
			spelled["in the base64 of addresses"] = prefix + url
		}
	}
	return spelled
}

func rotation(t *testing.T, p Platform) {
	body := []byte(p.First)
	tests := []struct {
		name string
		app  []string
		by   string
		ok   bool
	}{
		{"the only secret", p.Secrets[:1], p.Secrets[0], true},
		{"the first of two", p.Secrets[:2], p.Secrets[0], true},
		{"the second of two", p.Secrets[:2], p.Secrets[1], true},
		{"the last of three", p.Secrets[:], p.Secrets[2], true},
		{"one that has been replaced", p.Secrets[1:], p.Secrets[0], false},
		{"one of somebody else", p.Secrets[:2], p.Secrets[2], false},
		{"any, while there is none", nil, p.Secrets[0], false},
	}
	for _, tt := range tests {
		if err := p.open(t, tt.app...).Verify(p.Sign(tt.by, body, now()), body, now()); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := p.Open(""); err == nil {
		t.Error("an empty secret is taken: anybody could sign with it")
	}
}

func twice(t *testing.T, p Platform, w platform.Webhooks, sign signer) {
	body := []byte(p.First)
	right := sign(body, now()).Get(p.Signature)
	wrong := sign([]byte("another body"), now()).Get(p.Signature)
	if p.Shows {
		wrong = p.Sign(p.Secrets[2], body, now()).Get(p.Signature)
	}
	if right == "" || right == wrong {
		t.Fatalf("Signature names no header that signs: %q", p.Signature)
	}
	tests := []struct {
		name   string
		values []string
		ok     bool
	}{
		{"the same twice", []string{right, right}, true},
		{"the same twice, joined by a gateway", []string{right + "," + right}, true},
		{"the same twice, joined with a space", []string{right + ", " + right}, true},
		{"a wrong one first", []string{wrong, right}, true},
		{"a wrong one last", []string{right, wrong}, true},
		{"a wrong one first, joined", []string{wrong + "," + right}, true},
		{"a wrong one last, joined", []string{right + ", " + wrong}, true},
		{"two wrong ones", []string{wrong, wrong}, false},
		{"two wrong ones, joined", []string{wrong + "," + wrong}, false},
		{"nothing twice", []string{"", ""}, false},
		{"a comma", []string{","}, false},
	}
	for _, tt := range tests {
		h := sign(body, now())
		h[http.CanonicalHeaderKey(p.Signature)] = tt.values
		if err := w.Verify(h, body, now()); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for name, values := range sign(body, now()) {
		if name == http.CanonicalHeaderKey(p.Signature) {
			continue
		}
		h := sign(body, now())
		if h[name] = append(slices.Clone(values), values...); w.Verify(h, body, now()) != nil {
			t.Errorf("a webhook with the same %s twice is refused", name)
		}
		if h[name] = append(slices.Clone(values), values[0]+"1"); w.Verify(h, body, now()) == nil {
			t.Errorf("a webhook with two different %s is accepted: which one was signed?", name)
		}
	}
}

// large measures against the same machine at the same moment: a header full of
// signatures, each well formed, may not make us hash the body for each of them.
func large(t *testing.T, p Platform, w platform.Webhooks, sign signer) {
	body := bytes.Repeat([]byte("x"), 1<<20)
	refused := func(value string) time.Duration {
		h := sign(body, now())
		h.Set(p.Signature, value)
		began := time.Now()
		if w.Verify(h, body, now()) == nil {
			t.Errorf("a header of %d bytes is accepted", len(value))
		}
		return time.Since(began)
	}
	one := sign([]byte(rand.Text()), now()).Get(p.Signature)
	if p.Shows {
		one = p.Sign(p.Secrets[2], body, now()).Get(p.Signature)
	}
	for _, garbage := range []string{strings.Repeat("A", 1<<20), strings.Repeat(",", 1<<20), strings.Repeat("=", 1<<20), strings.Repeat("v1,", 1<<18)} {
		refused(garbage)
	}
	single, many := refused(one), strings.Repeat(one+",", 1<<20/(len(one)+1))
	for range 4 {
		single = min(single, refused(one))
	}
	took := refused(many)
	if took > 500*single { // the machine may have been busy elsewhere
		took = min(took, refused(many))
	}
	if took > 500*single {
		t.Errorf("a header of a megabyte takes %v, one signature %v", took, single)
	}
}
