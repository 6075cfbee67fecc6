package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"testing"

	"example.com/skala/shared/post"
)

// The message, keys and result of RFC 8291, section 5 and appendix A.
func TestTheMessageOfTheStandardIsEncipheredAsThere(t *testing.T) {
	t.Parallel()
	decode := func(text string) []byte {
		t.Helper()
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ecdh.P256().NewPrivateKey(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	sub := post.Subscription{P256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg"}
	got, err := seal(sub, []byte("When I grow up, I want to be a watermelon"), key, decode("DGv6ra1nlYgDCS1FRnbzlw"))
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if err != nil || base64.RawURLEncoding.EncodeToString(got) != want {
		t.Errorf("%v: %s", err, base64.RawURLEncoding.EncodeToString(got))
	}
	for name, wrong := range map[string]post.Subscription{
		"a key off the curve": {P256dh: base64.RawURLEncoding.EncodeToString(make([]byte, 65)), Auth: sub.Auth},
		"no key":              {Auth: sub.Auth},
		"a short secret":      {P256dh: sub.P256dh, Auth: "BTBZ"},
	} {
		if _, err := encipher(wrong, []byte("x")); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := encipher(sub, make([]byte, most+1)); err == nil {
		t.Error("more than a push service takes is enciphered")
	}
}
