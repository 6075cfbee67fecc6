package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"example.com/skala/shared/post"
)

// most is how long a message may be: push services take 4,096 bytes of what it is
// enciphered to.
const most = 3993

// encipher makes of plain what the browser of a subscription alone can read (RFC
// 8291), under a key and a salt that are used once.
func encipher(sub post.Subscription, plain []byte) ([]byte, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("push: making a key: %w", err)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails
	return seal(sub, plain, key, salt)
}

func seal(sub post.Subscription, plain []byte, key *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(plain) > most {
		return nil, fmt.Errorf("push: %d bytes are more than a push service takes", len(plain))
	}
	point, err := base64.RawURLEncoding.DecodeString(sub.P256dh)
	if err != nil {
		return nil, fmt.Errorf("push: the browser's key: %w", err)
	}
	browser, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("push: the browser's key: %w", err)
	}
	auth, err := base64.RawURLEncoding.DecodeString(sub.Auth)
	if err != nil || len(auth) != 16 {
		return nil, fmt.Errorf("push: the browser's secret is none of 16 bytes")
	}
	shared, err := key.ECDH(browser)
	if err != nil {
		return nil, fmt.Errorf("push: agreeing on a key: %w", err)
	}
	ours := key.PublicKey().Bytes()
	secret, err := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(point)+string(ours), 32)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	content, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	block, err := aes.NewCipher(content)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	// One record (RFC 8188): salt, its size, who sends; then the message and a 2, which
	// says that it is the last.
	body := append(append([]byte{}, salt...), binary.BigEndian.AppendUint32(nil, 4096)...)
	body = append(append(body, byte(len(ours))), ours...)
	return gcm.Seal(body, nonce, append(append([]byte{}, plain...), 2), nil), nil
}
