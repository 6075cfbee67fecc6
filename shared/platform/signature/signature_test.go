package signature_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"sync"
	"testing"

	"example.com/skala/shared/platform/signature"
)

func TestAnHMACIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	key, err := signature.NewSHA256([]byte("Jefe")) // RFC 4231, test case 2
	if err != nil {
		t.Fatal(err)
	}
	const want = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	mac, err := hex.DecodeString(want)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 { // keyed hashes are shared, never by two at once
		all.Go(func() {
			for range 100 {
				if got := hex.EncodeToString(key.Sum([]byte("what do ya want "), []byte("for nothing?"))); got != want {
					t.Errorf("the HMAC is %s, want %s", got, want)
				}
				if !key.Signed(mac, []byte("what do ya want for nothing?")) {
					t.Error("it is not recognised")
				}
			}
		})
	}
	all.Wait()
	for _, wrong := range [][]byte{nil, mac[:31], append(mac[:31:31], mac[31]^1), append(mac[:32:32], 0)} {
		if key.Signed(wrong, []byte("what do ya want for nothing?")) {
			t.Errorf("%x is recognised", wrong)
		}
	}
	if _, err := signature.NewSHA256(nil); err == nil {
		t.Error("there is a key for an empty secret")
	}
}

func TestAKeyDoesNotChangeWithTheSecretItWasMadeFrom(t *testing.T) {
	t.Parallel()
	secret := []byte("secret")
	key, err := signature.NewSHA256(secret)
	if err != nil {
		t.Fatal(err)
	}
	before := key.Sum(nil)
	clear(secret)
	other, err := signature.NewSHA256([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if !key.Signed(before) || !other.Signed(before) {
		t.Error("the key became another")
	}
}

func TestNothingThatIsNoKeyOrSignaturePanics(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := []byte(private.Public().(ed25519.PublicKey))
	key, err := signature.NewEd25519(public)
	if err != nil {
		t.Fatal(err)
	}
	sig := ed25519.Sign(private, []byte("hello"))
	if !key.Signed(sig, []byte("hello")) || key.Signed(sig, []byte("hullo")) {
		t.Error("a signature is taken for another's")
	}
	for _, wrong := range [][]byte{nil, sig[:63], append(sig[:64:64], 0)} {
		if key.Signed(wrong, []byte("hello")) {
			t.Errorf("a signature of %d bytes is accepted", len(wrong))
		}
	}
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := signature.NewEd25519(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
	if (signature.Ed25519{}).Signed(sig, []byte("hello")) {
		t.Error("no key accepts a signature")
	}
}

func TestBase64IsReadStrictly(t *testing.T) {
	t.Parallel()
	if b, err := signature.Base64("aGVsbG8="); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	for _, wrong := range []string{"aGVsbG8", "aGVsbG9=", "aGVs\nbG8=", "aGVsbG8=\r\n", "aGVsbG8 =", "aGVs_G8="} {
		if b, err := signature.Base64(wrong); err == nil {
			t.Errorf("%q is read as %q", wrong, b)
		}
	}
}

func TestOneSignatureOfSeveralIsEnoughUnderAnyKey(t *testing.T) {
	t.Parallel()
	var keys []*signature.SHA256
	for _, secret := range []string{"new", "old"} {
		key, err := signature.NewSHA256([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	body, wrong := []byte("hello"), make([]byte, 32)
	tests := []struct {
		name string
		keys []*signature.SHA256
		macs [][]byte
		want bool
	}{
		{"of the second key, behind a wrong one", keys, [][]byte{wrong, keys[1].Sum(body)}, true},
		{"of the first key, before what is none", keys, [][]byte{keys[0].Sum(body), nil}, true},
		{"wrong ones", keys, [][]byte{wrong, wrong}, false},
		{"cut", keys, [][]byte{keys[0].Sum(body)[:31]}, false},
		{"none", keys, nil, false},
		{"no key", nil, [][]byte{keys[0].Sum(body)}, false},
		{"of another body", keys, [][]byte{keys[0].Sum([]byte("hullo"))}, false},
	}
	for _, tt := range tests {
		if got := signature.AnySigned(tt.keys, tt.macs, []byte("hel"), []byte("lo")); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
